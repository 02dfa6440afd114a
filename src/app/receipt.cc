#include "app/receipt.h"

#include <cstring>
#include <optional>

#include "base/text.h"
#include "domain/limits.h"

namespace footfall {
namespace {

constexpr std::string_view receipt_mark = "ff1.";
// With its zero byte: nothing else that this key signs begins like it.
constexpr std::string_view signed_mark("footfall receipt 1\0", 19);

void put_number(std::string& out, std::uint64_t number, unsigned bytes) {
  for (unsigned i = bytes; i > 0; --i) out.push_back(static_cast<char>((number >> (8 * (i - 1))) & 0xFFU));
}

template <std::size_t N>
void put(std::string& out, const std::array<std::byte, N>& bytes) {
  out.append(reinterpret_cast<const char*>(bytes.data()), N);
}

// Takes from the front; once something is not there, nothing is.
class Taker {
 public:
  explicit Taker(std::string_view bytes) : rest_(bytes) {}

  std::string_view text(std::size_t size) {
    if (size > rest_.size()) {
      good_ = false;
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::uint64_t number(unsigned bytes) {
    std::uint64_t number = 0;
    for (const char c : text(bytes)) number = (number << 8U) | static_cast<unsigned char>(c);
    return number;
  }
  template <std::size_t N>
  void fill(std::array<std::byte, N>& bytes) {
    const std::string_view taken = text(N);
    if (good_) std::memcpy(bytes.data(), taken.data(), N);
  }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

std::optional<Statement> statement_of(std::string_view bytes) {
  Taker taker(bytes);
  Statement statement;
  statement.time = instant_of(static_cast<std::int64_t>(taker.number(8)));
  statement.number = taker.number(8);
  statement.session = taker.text(taker.number(1));
  statement.site = taker.text(taker.number(1));
  statement.key = taker.rest();
  const bool session_fits = statement.session.empty() || statement.session.size() == session_hash_bytes;
  if (!taker.good() || !session_fits || statement.number > counter_value_max || !is_utf8(statement.site) ||
      !is_utf8(statement.key)) {
    return std::nullopt;
  }
  return statement;
}

// A receipt in its parts, and whether it hangs together was not asked yet.
struct Parts {
  KeyId key{};
  std::array<std::byte, 64> signature{};
  std::size_t leaves = 0;
  std::size_t leaf = 0;
  std::vector<MerkleHash> path;
  std::string statement;
};

std::optional<Parts> parts_of(std::string_view receipt) {
  if (!receipt.starts_with(receipt_mark)) return std::nullopt;
  const auto bytes = from_base64url(receipt.substr(receipt_mark.size()));
  if (!bytes) return std::nullopt;
  Taker taker(*bytes);
  Parts parts;
  taker.fill(parts.key);
  taker.fill(parts.signature);
  parts.leaves = taker.number(2);
  parts.leaf = taker.number(2);
  if (!taker.good() || parts.leaf >= parts.leaves) return std::nullopt;
  parts.path.resize(merkle_path_length(parts.leaf, parts.leaves));
  for (MerkleHash& hash : parts.path) taker.fill(hash);
  parts.statement = taker.rest();
  if (!taker.good()) return std::nullopt;
  return parts;
}

}  // namespace

KeyId key_id_of(const PublicKey& key, const Crypto& crypto) {
  const auto digest = crypto.sha256(text_of(key));
  KeyId id{};
  std::memcpy(id.data(), digest.data(), id.size());
  return id;
}

std::string statement_bytes(std::string_view site, std::string_view key, std::uint64_t number, Instant time,
                            std::string_view session) {
  static_assert(site_bytes_max < 256 && session_hash_bytes < 256);
  std::string bytes;
  bytes.reserve(18 + session.size() + site.size() + key.size());
  put_number(bytes, static_cast<std::uint64_t>(milliseconds_of(time)), 8);
  put_number(bytes, number, 8);
  put_number(bytes, session.size(), 1);
  bytes += session;
  put_number(bytes, site.size(), 1);
  bytes += site;
  bytes += key;
  return bytes;
}

std::string signed_text(std::size_t leaves, const MerkleHash& root) {
  std::string text(signed_mark);
  put_number(text, leaves, 2);
  put(text, root);
  return text;
}

std::string receipt_text(const KeyId& id, const std::array<std::byte, 64>& signature, std::size_t leaf,
                         std::size_t leaves, std::span<const MerkleHash> path, std::string_view statement) {
  static_assert(receipt_batch_max < 65'536);
  thread_local std::string bytes;
  bytes.clear();
  put(bytes, id);
  put(bytes, signature);
  put_number(bytes, leaves, 2);
  put_number(bytes, leaf, 2);
  for (const MerkleHash& hash : path) put(bytes, hash);
  bytes += statement;
  return std::string(receipt_mark) + to_base64url(bytes_of(bytes));
}

std::string session_hash(std::string_view site, std::string_view session, const Crypto& crypto) {
  if (session.empty()) return {};
  std::string text(site);
  text.push_back('\0');
  text += session;
  const auto digest = crypto.sha256(text);
  return std::string(text_of(std::span(digest).first(session_hash_bytes)));
}

Result<Verified> verify_receipt(std::string_view receipt, const std::map<KeyId, PublicKey>& keys,
                                const Crypto& crypto) {
  const auto parts = parts_of(receipt);
  const auto statement = parts ? statement_of(parts->statement) : std::nullopt;
  if (!statement) return Error{ErrorCode::invalid, "this is not a whole receipt", "receipt"};
  const Error refused{ErrorCode::unauthorized, "the receipt is not signed by a key of this server, or was altered",
                      "receipt"};
  const auto key = keys.find(parts->key);
  if (key == keys.end()) return refused;
  const auto root = merkle_root(crypto, parts->statement, parts->leaf, parts->leaves, parts->path);
  if (!root || !crypto.is_signed(key->second, signed_text(parts->leaves, *root), parts->signature)) return refused;
  return Verified{*statement, parts->key};
}

}  // namespace footfall
