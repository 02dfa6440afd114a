// A receipt: the signed statement that a session was number N of a counter. docs/receipts.md has every byte.
//
// Receipts that become ready together share a signature: their statements are the leaves of a tree whose root is
// signed, and each carries the path to it. A receipt is one text, `ff1.` and base64url. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "app/merkle.h"
#include "base/result.h"
#include "base/time.h"
#include "ports/crypto.h"

namespace footfall {

// What a receipt states.
struct Statement {
  std::string site;
  std::string key;
  std::uint64_t number = 0;
  Instant time;
  std::string session;  // hashed, session_hash_bytes; empty: there was none
};

// Which key signed: the first bytes of the SHA-256 of the public key.
using KeyId = std::array<std::byte, 4>;
using PublicKey = std::array<std::byte, 32>;
KeyId key_id_of(const PublicKey& key, const Crypto& crypto);

// The leaf of the tree.
std::string statement_bytes(std::string_view site, std::string_view key, std::uint64_t number, Instant time,
                            std::string_view session);
// What is signed for a tree.
std::string signed_text(std::size_t leaves, const MerkleHash& root);
std::string receipt_text(const KeyId& id, const std::array<std::byte, 64>& signature, std::size_t leaf,
                         std::size_t leaves, std::span<const MerkleHash> path, std::string_view statement);

// What tells a session in receipts: it fits the session's id, and nobody gets from it to the id.
std::string session_hash(std::string_view site, std::string_view session, const Crypto& crypto);

// What a receipt states, if one of the keys signed it.
//   errors  invalid       it is no receipt, or not a whole one; field "receipt"
//           unauthorized  it is not signed by any of the keys, or was altered; field "receipt"
struct Verified {
  Statement statement;
  KeyId key{};
};
Result<Verified> verify_receipt(std::string_view receipt, const std::map<KeyId, PublicKey>& keys, const Crypto& crypto);

}  // namespace footfall
