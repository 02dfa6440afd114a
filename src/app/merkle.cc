#include "app/merkle.h"

#include <cstring>
#include <string>

#include "base/check.h"
#include "base/text.h"

namespace footfall {
namespace {

// Leaves and nodes are told apart by their first byte, so that neither can be taken for the other.
constexpr char leaf_mark = 0;
constexpr char node_mark = 1;

MerkleHash hash_leaf(const Crypto& crypto, std::string_view text) {
  thread_local std::string marked;
  marked.assign(1, leaf_mark);
  marked.append(text);
  return crypto.sha256(marked);
}

MerkleHash hash_node(const Crypto& crypto, const MerkleHash& left, const MerkleHash& right) {
  std::array<char, 1 + 2 * sizeof(MerkleHash)> marked{node_mark};
  std::memcpy(marked.data() + 1, left.data(), left.size());
  std::memcpy(marked.data() + 1 + left.size(), right.data(), right.size());
  return crypto.sha256({marked.data(), marked.size()});
}

}  // namespace

void MerkleTree::clear() {
  leaves_ = 0;
  for (auto& level : levels_) level.clear();
}

void MerkleTree::add(std::string_view text) {
  if (levels_.empty()) levels_.emplace_back();
  levels_[0].push_back(hash_leaf(crypto_, text));
  ++leaves_;
}

const MerkleHash& MerkleTree::root() {
  FOOTFALL_ASSERT(leaves_ > 0);
  std::size_t level = 0;
  for (; levels_[level].size() > 1; ++level) {
    if (levels_.size() == level + 1) levels_.emplace_back();
    const std::vector<MerkleHash>& below = levels_[level];
    std::vector<MerkleHash>& above = levels_[level + 1];
    for (std::size_t i = 0; i + 1 < below.size(); i += 2) above.push_back(hash_node(crypto_, below[i], below[i + 1]));
    if (below.size() % 2 == 1) above.push_back(below.back());
  }
  return levels_[level][0];
}

void MerkleTree::path(std::size_t leaf, std::vector<MerkleHash>& into) const {
  FOOTFALL_ASSERT(leaf < leaves_);
  into.clear();
  for (std::size_t level = 0; levels_[level].size() > 1; ++level, leaf /= 2) {
    const std::size_t sibling = leaf ^ 1U;
    if (sibling < levels_[level].size()) into.push_back(levels_[level][sibling]);
  }
}

std::size_t merkle_path_length(std::size_t leaf, std::size_t leaves) {
  std::size_t length = 0;
  for (; leaves > 1; leaf /= 2, leaves = (leaves + 1) / 2) length += (leaf ^ 1U) < leaves ? 1 : 0;
  return length;
}

std::optional<MerkleHash> merkle_root(const Crypto& crypto, std::string_view text, std::size_t leaf, std::size_t leaves,
                                      std::span<const MerkleHash> path) {
  if (leaf >= leaves || path.size() != merkle_path_length(leaf, leaves)) return std::nullopt;
  MerkleHash hash = hash_leaf(crypto, text);
  for (; leaves > 1; leaf /= 2, leaves = (leaves + 1) / 2) {
    if ((leaf ^ 1U) >= leaves) continue;
    hash = leaf % 2 == 1 ? hash_node(crypto, path.front(), hash) : hash_node(crypto, hash, path.front());
    path = path.subspan(1);
  }
  return hash;
}

}  // namespace footfall
