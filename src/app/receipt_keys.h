// The keys that receipts are signed with, and the signing.
//
// The secret key lies in one small file (0600) of the data folder with the public keys before it: a key that was
// replaced signs no more, but what it signed stays good. Any thread; `rotate` may block.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/json.h"
#include "app/receipt.h"
#include "base/guarded.h"
#include "base/result.h"
#include "ports/clock.h"
#include "ports/crypto.h"
#include "ports/http.h"
#include "ports/kept_file.h"

namespace footfall {

class ReceiptKeys final : public Finisher {
 public:
  // Makes the first key when there is none. Errors: those of the file; corrupt.
  static Result<std::unique_ptr<ReceiptKeys>> open(KeptFile& file, const Crypto& crypto, const Clock& clock);

  struct Key {
    KeyId id{};
    PublicKey key{};
    Instant from;
  };
  // The newest last.
  [[nodiscard]] std::vector<Key> keys() const;
  // A new key signs from here on. Errors: those of the file; too_many.
  Result<Done> rotate();

  // Errors: those of verify_receipt.
  [[nodiscard]] Result<Verified> verify(std::string_view receipt) const;

  // Ends the response's body, an open JSON object, with a receipt for the statement (statement_bytes).
  void seal(Response& response, std::string statement);
  void finish(std::span<Response* const> responses) override;

 private:
  struct Private {};

 public:
  ReceiptKeys(Private, KeptFile& file, const Crypto& crypto, const Clock& clock)
      : file_(file), crypto_(crypto), clock_(clock) {}

 private:
  // Never changes; replaced as a whole.
  struct Ring {
    std::vector<Key> keys;
    std::map<KeyId, PublicKey> by_id;
    std::array<std::byte, 32> secret{};
    std::unique_ptr<Signer> signer;
  };
  Result<std::shared_ptr<Ring>> read(std::string_view text) const;
  Result<std::shared_ptr<Ring>> with_new_key(const Ring* before) const;
  Result<Done> keep(const Ring& ring);
  void take(std::shared_ptr<Ring> ring);
  [[nodiscard]] std::shared_ptr<const Ring> ring() const;
  void finish_tree(std::span<Response* const> responses, const Ring& ring) const;

  KeptFile& file_;
  const Crypto& crypto_;
  const Clock& clock_;
  Guarded<std::shared_ptr<const Ring>> ring_;
  Guarded<Done> rotating_;  // one at a time
};

// {"keys":[{"id","algorithm","public_key","from"}]}: what GET /api/receipts/key answers.
json::object keys_json(const std::vector<ReceiptKeys::Key>& keys);
// What such a text says, or a bare public key in base64url. Error: invalid.
Result<std::map<KeyId, PublicKey>> read_public_keys(std::string_view text, const Crypto& crypto);

// {"site","key","number","time","session","key_id"} of what a receipt states.
json::object verified_json(const Verified& verified);

}  // namespace footfall
