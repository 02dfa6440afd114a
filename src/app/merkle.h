// A Merkle tree over texts, as RFC 6962 §2.1 has it, with SHA-256: one digest that stands for all of them, and for each
// a short path that proves it is among them.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ports/crypto.h"

namespace footfall {

using MerkleHash = std::array<std::byte, 32>;

class MerkleTree {
 public:
  explicit MerkleTree(const Crypto& crypto) : crypto_(crypto) {}

  // Begins anew, keeping its memory.
  void clear();
  void add(std::string_view text);
  [[nodiscard]] std::size_t size() const { return leaves_; }
  // At least one text was added; none are from here on.
  const MerkleHash& root();
  // The siblings from the leaf up to the root; `root` was called. A level without a sibling has none here.
  void path(std::size_t leaf, std::vector<MerkleHash>& into) const;

 private:
  const Crypto& crypto_;
  std::size_t leaves_ = 0;
  std::vector<std::vector<MerkleHash>> levels_;  // the leaves first; those of an earlier, larger tree may lie behind
};

// How many siblings the path of a leaf has.
std::size_t merkle_path_length(std::size_t leaf, std::size_t leaves);

// The root to which text and path lead; nothing: the path is of another length, or there is no such leaf.
std::optional<MerkleHash> merkle_root(const Crypto& crypto, std::string_view text, std::size_t leaf, std::size_t leaves,
                                      std::span<const MerkleHash> path);

}  // namespace footfall
