#include "main/keys.h"

#include <array>
#include <cstring>
#include <span>

#include "app/json.h"
#include "base/text.h"

namespace footfall {

SipKey random_key(const Crypto& crypto) {
  std::array<std::byte, sizeof(SipKey)> bytes{};
  crypto.random(bytes);
  SipKey key;
  std::memcpy(&key, bytes.data(), sizeof key);
  return key;
}

Result<Keys> read_keys(KeptFile& file, const Crypto& crypto) {
  const auto text = file.read();
  if (!text) return text.error();
  Keys keys{random_key(crypto), random_key(crypto), random_key(crypto)};
  struct Named {
    const char* name;
    SipKey& key;
  };
  const std::array<Named, 3> named{{{"ids", keys.ids}, {"cursors", keys.cursors}, {"imports", keys.imports}}};
  if (!*text) {
    json::object object;
    for (const auto& [name, key] : named) object[name] = to_base64url(std::as_bytes(std::span(&key, 1)));
    if (auto written = file.replace(json::serialize(object)); !written) return written.error();
    return keys;
  }
  const Error corrupt{ErrorCode::corrupt, "the file of keys is damaged"};
  const auto value = parse_json(**text);
  if (!value || !value->is_object()) return corrupt;
  for (const auto& [name, key] : named) {
    const auto encoded = text_member(value->get_object(), name);
    const auto bytes = encoded && *encoded ? from_base64url(**encoded) : std::nullopt;
    if (!bytes || bytes->size() != sizeof(SipKey)) return corrupt;
    std::memcpy(&key, bytes->data(), sizeof(SipKey));
  }
  return keys;
}

Result<std::string> read_admin_token(KeptFile& file, const std::string& given, const Crypto& crypto) {
  if (!given.empty()) return given;
  const auto kept = file.read();
  if (!kept) return kept.error();
  if (*kept && !trim(**kept).empty()) {
    std::string token(**kept);
    while (token.ends_with('\n') || token.ends_with(' ')) token.pop_back();
    return token;
  }
  std::array<std::byte, 32> secret{};
  crypto.random(secret);
  std::string token = "ff_admin_" + to_base64url(secret);
  if (auto written = file.replace(token + "\n"); !written) return written.error();
  return token;
}

}  // namespace footfall
