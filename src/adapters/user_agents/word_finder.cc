#include "adapters/user_agents/word_finder.h"

#include <algorithm>

#include "base/check.h"

namespace footfall {
namespace {

// Words that share their first `depth` letters: [begin, end) of the list.
struct Branch {
  std::uint32_t node;
  std::size_t begin;
  std::size_t end;
  std::size_t depth;
};

}  // namespace

WordFinder::WordFinder(const std::vector<std::string_view>& words) {
  FOOTFALL_ASSERT(std::adjacent_find(words.begin(), words.end(), std::greater_equal<>()) == words.end());
  FOOTFALL_ASSERT(words.empty() || !words.front().empty());
  first_.fill(none);

  // Level by level, so that the children of a node lie side by side. The root is no node: first_ stands for it.
  std::vector<Branch> branches{{none, 0, words.size(), 0}};
  for (std::size_t next = 0; next < branches.size(); ++next) {
    const Branch branch = branches[next];
    const auto children = static_cast<std::uint32_t>(nodes_.size());
    for (std::size_t begin = branch.begin; begin < branch.end;) {
      const char letter = words[begin][branch.depth];
      std::size_t end = begin + 1;
      while (end < branch.end && words[end][branch.depth] == letter) ++end;

      const auto node = static_cast<std::uint32_t>(nodes_.size());
      const bool is_word = words[begin].size() == branch.depth + 1;
      nodes_.push_back({is_word ? static_cast<std::uint32_t>(begin) : none, none, 0, letter});
      if (branch.node == none) first_[static_cast<unsigned char>(letter)] = node;
      branches.push_back({node, begin + (is_word ? 1 : 0), end, branch.depth + 1});
      begin = end;
    }
    if (branch.node != none) {
      nodes_[branch.node].children = children;
      nodes_[branch.node].children_count = static_cast<std::uint16_t>(nodes_.size() - children);
    }
  }
  nodes_.shrink_to_fit();
}

}  // namespace footfall
