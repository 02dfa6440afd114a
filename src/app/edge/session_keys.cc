#include "app/edge/session_keys.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "app/json.h"
#include "base/text.h"
#include "domain/session_cookie.h"

namespace footfall {
namespace {

constexpr std::size_t secret_bytes = 32;

json::value to_json(const std::vector<SessionKey>& keys) {
  json::array list;
  for (const SessionKey& key : keys) {
    json::object entry{{"id", key.id}, {"secret", to_base64url(bytes_of(key.secret))}, {"made", to_rfc3339(key.made)}};
    if (key.retired) entry["retired"] = to_rfc3339(*key.retired);
    list.push_back(std::move(entry));
  }
  return {{"version", 1}, {"keys", std::move(list)}};
}

// Throws what Boost.JSON and the standard library throw: the caller turns it into `corrupt`.
std::vector<SessionKey> from_json(const json::value& value) {
  std::vector<SessionKey> keys;
  for (const json::value& entry : value.at("keys").as_array()) {
    SessionKey key;
    key.id = json::value_to<std::string>(entry.at("id"));
    key.secret = from_base64url(entry.at("secret").as_string()).value();
    const auto made = parse_time(entry.at("made").as_string());
    if (!from_base36(key.id) || key.secret.size() != secret_bytes || !made) throw std::invalid_argument("a key");
    key.made = *made;
    if (const json::value* retired = entry.as_object().if_contains("retired")) {
      const auto time = parse_time(retired->as_string());
      if (!time) throw std::invalid_argument("a time");
      key.retired = *time;
    }
    keys.push_back(std::move(key));
  }
  if (keys.empty() || keys.back().retired) throw std::invalid_argument("no key that signs");
  return keys;
}

}  // namespace

Result<std::unique_ptr<SessionKeys>> SessionKeys::open(KeptFile& file, const Crypto& crypto, const Clock& clock) {
  auto keys = std::make_unique<SessionKeys>(Private{}, file, crypto, clock);
  const auto done = keys->state_.with([&](State& state) -> Result<Done> {
    if (auto loaded = keys->load(state); !loaded) return loaded;
    return state.keys ? Result<Done>(Done{}) : keys->rotate(state);
  });
  if (!done) return done.error();
  return keys;
}

Result<Done> SessionKeys::load(State& state) {
  state.revision = file_.revision();
  const auto text = file_.read();
  if (!text) return text.error();
  if (!*text) return Done{};
  const Error corrupt{ErrorCode::corrupt, "the file of session keys is damaged"};
  const auto value = parse_json(**text);
  if (!value) return corrupt;
  try {
    state.keys = std::make_shared<const std::vector<SessionKey>>(from_json(*value));
  } catch (const std::exception&) {
    return corrupt;
  }
  return Done{};
}

SessionKeys::List SessionKeys::all() const {
  return state_.with([](const State& state) { return state.keys; });
}

bool SessionKeys::verifies(const SessionKey& key) const {
  return !key.retired || clock_.now() - *key.retired <= key_overlap;
}

Result<Done> SessionKeys::rotate(State& state) {
  std::vector<SessionKey> next = state.keys ? *state.keys : std::vector<SessionKey>();
  std::erase_if(next, [&](const SessionKey& key) { return !verifies(key); });
  const Instant now = clock_.now();
  std::uint64_t number = 1;
  if (!next.empty()) {
    next.back().retired = now;
    number = from_base36(next.back().id).value_or(0) + 1;
  }
  std::array<std::byte, secret_bytes> secret{};
  crypto_.random(secret);
  next.push_back({to_base36(number), std::string(text_of(secret)), now, std::nullopt});
  if (auto written = file_.replace(json::serialize(to_json(next))); !written) return written;
  state.revision = file_.revision();
  state.keys = std::make_shared<const std::vector<SessionKey>>(std::move(next));
  return Done{};
}

Result<Done> SessionKeys::rotate() {
  return state_.with([&](State& state) -> Result<Done> {
    // Another process may have rotated since: its key must not be lost.
    if (file_.revision() != state.revision) {
      if (auto loaded = load(state); !loaded) return loaded;
    }
    return rotate(state);
  });
}

Result<Done> SessionKeys::refresh() {
  return state_.with([&](State& state) -> Result<Done> {
    if (file_.revision() == state.revision) return Done{};
    return load(state);
  });
}

}  // namespace footfall
