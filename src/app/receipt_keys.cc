#include "app/receipt_keys.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/text.h"
#include "domain/limits.h"

namespace footfall {
namespace {

constexpr std::string_view algorithm = "Ed25519";
constexpr std::string_view body_tail = "\"}";

template <std::size_t N>
bool take_bytes(const json::object& object, std::string_view name, std::array<std::byte, N>& into) {
  const auto encoded = text_member(object, name);
  const auto bytes = encoded && *encoded ? from_base64url(**encoded) : std::nullopt;
  if (!bytes || bytes->size() != N) return false;
  std::memcpy(into.data(), bytes->data(), N);
  return true;
}

std::optional<ReceiptKeys::Key> key_of(const json::value& value, const Crypto& crypto) {
  const json::object* object = value.if_object();
  ReceiptKeys::Key key;
  if (object == nullptr || !take_bytes(*object, "public_key", key.key)) return std::nullopt;
  const auto from = text_member(*object, "from");
  if (!from || !*from) return std::nullopt;
  const auto time = parse_time(**from);
  if (!time) return std::nullopt;
  key.from = *time;
  key.id = key_id_of(key.key, crypto);
  return key;
}

}  // namespace

// --- The file ---

Result<std::shared_ptr<ReceiptKeys::Ring>> ReceiptKeys::read(std::string_view text) const {
  const Error corrupt{ErrorCode::corrupt, "the file of receipt keys is damaged"};
  const auto value = parse_json(text);
  if (!value || !value->is_object()) return corrupt;
  const json::value* list = value->get_object().if_contains("keys");
  auto ring = std::make_shared<Ring>();
  if (list == nullptr || !list->is_array() || list->get_array().empty() ||
      !take_bytes(value->get_object(), "secret", ring->secret)) {
    return corrupt;
  }
  for (const json::value& one : list->get_array()) {
    const auto key = key_of(one, crypto_);
    if (!key) return corrupt;
    ring->keys.push_back(*key);
    ring->by_id[key->id] = key->key;
  }
  ring->signer = crypto_.signer(ring->secret);
  if (ring->signer->public_key() != ring->keys.back().key) return corrupt;
  return ring;
}

Result<std::shared_ptr<ReceiptKeys::Ring>> ReceiptKeys::with_new_key(const Ring* before) const {
  auto ring = std::make_shared<Ring>();
  if (before != nullptr) {
    ring->keys = before->keys;
    ring->by_id = before->by_id;
  }
  if (ring->keys.size() >= receipt_keys_max) {
    return Error{ErrorCode::too_many, "there are as many receipt keys as are kept"};
  }
  crypto_.random(ring->secret);
  ring->signer = crypto_.signer(ring->secret);
  const PublicKey key = ring->signer->public_key();
  ring->keys.push_back({key_id_of(key, crypto_), key, clock_.now()});
  ring->by_id[ring->keys.back().id] = key;
  return ring;
}

Result<Done> ReceiptKeys::keep(const Ring& ring) {
  json::object object = keys_json(ring.keys);
  object["secret"] = to_base64url(ring.secret);
  return file_.replace(json::serialize(object));
}

void ReceiptKeys::take(std::shared_ptr<Ring> ring) {
  ring_.with([&](std::shared_ptr<const Ring>& now) { now = std::move(ring); });
}

std::shared_ptr<const ReceiptKeys::Ring> ReceiptKeys::ring() const {
  return ring_.with([](const std::shared_ptr<const Ring>& now) { return now; });
}

Result<std::unique_ptr<ReceiptKeys>> ReceiptKeys::open(KeptFile& file, const Crypto& crypto, const Clock& clock) {
  auto keys = std::make_unique<ReceiptKeys>(Private{}, file, crypto, clock);
  const auto text = file.read();
  if (!text) return text.error();
  if (!*text) {
    if (auto made = keys->rotate(); !made) return made.error();
    return keys;
  }
  auto ring = keys->read(**text);
  if (!ring) return ring.error();
  keys->take(std::move(*ring));
  return keys;
}

std::vector<ReceiptKeys::Key> ReceiptKeys::keys() const { return ring()->keys; }

Result<Done> ReceiptKeys::rotate() {
  return rotating_.with([&](Done&) -> Result<Done> {
    auto made = with_new_key(ring().get());
    if (!made) return made.error();
    // On disk before it signs: a receipt of a key that is lost would never be good.
    if (auto kept = keep(**made); !kept) return kept;
    take(std::move(*made));
    return Done{};
  });
}

Result<Verified> ReceiptKeys::verify(std::string_view receipt) const {
  return verify_receipt(receipt, ring()->by_id, crypto_);
}

// --- Signing ---

void ReceiptKeys::seal(Response& response, std::string statement) {
  response.finisher = this;
  response.unfinished = std::move(statement);
}

void ReceiptKeys::finish(std::span<Response* const> responses) {
  const auto now = ring();
  while (!responses.empty()) {
    const auto tree = responses.first(std::min(responses.size(), receipt_batch_max));
    finish_tree(tree, *now);
    responses = responses.subspan(tree.size());
  }
}

void ReceiptKeys::finish_tree(std::span<Response* const> responses, const Ring& ring) const {
  MerkleTree tree(crypto_);
  for (const Response* response : responses) tree.add(response->unfinished);
  const auto signature = ring.signer->sign(signed_text(tree.size(), tree.root()));
  const KeyId& id = ring.keys.back().id;
  std::vector<MerkleHash> path;
  for (std::size_t leaf = 0; leaf < responses.size(); ++leaf) {
    Response& response = *responses[leaf];
    auto* const body = std::get_if<std::string>(&response.body);
    FOOTFALL_ASSERT(body != nullptr);
    tree.path(leaf, path);
    *body += R"(,"receipt":")";
    *body += receipt_text(id, signature, leaf, tree.size(), path, response.unfinished);
    *body += body_tail;
  }
}

// --- JSON ---

json::object keys_json(const std::vector<ReceiptKeys::Key>& keys) {
  json::array list;
  for (const ReceiptKeys::Key& key : keys) {
    list.push_back({{"id", to_hex(key.id)},
                    {"algorithm", algorithm},
                    {"public_key", to_base64url(key.key)},
                    {"from", to_rfc3339(key.from)}});
  }
  return {{"keys", std::move(list)}};
}

Result<std::map<KeyId, PublicKey>> read_public_keys(std::string_view text, const Crypto& crypto) {
  const Error bad{ErrorCode::invalid,
                  "these are no receipt keys: give what /api/receipts/key answers, or one public key"};
  std::map<KeyId, PublicKey> keys;
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return bad;
  text = text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
  if (!text.starts_with('{')) {
    const auto bytes = from_base64url(text);
    PublicKey key{};
    if (!bytes || bytes->size() != key.size()) return bad;
    std::memcpy(key.data(), bytes->data(), key.size());
    keys[key_id_of(key, crypto)] = key;
    return keys;
  }
  const auto value = parse_json(text);
  const json::value* list = value && value->is_object() ? value->get_object().if_contains("keys") : nullptr;
  if (list == nullptr || !list->is_array()) return bad;
  for (const json::value& one : list->get_array()) {
    const auto key = key_of(one, crypto);
    if (!key) return bad;
    keys[key->id] = key->key;
  }
  return keys;
}

json::object verified_json(const Verified& verified) {
  const Statement& statement = verified.statement;
  return {{"site", statement.site},
          {"key", statement.key},
          {"number", statement.number},
          {"time", to_rfc3339(statement.time)},
          {"session",
           statement.session.empty() ? json::value(nullptr) : json::value(to_base64url(bytes_of(statement.session)))},
          {"key_id", to_hex(verified.key)}};
}

}  // namespace footfall
