// Filters of a question, asked of hits and their visits. Each distinct text is judged once.
//
// `is` takes the label of nothing ("Direct / None", "(not set)", "(none)") for nothing. Patterns may match a part of
// the text. A property that is not there is not anything, contains nothing, and matches no pattern, nor the opposite of
// the latter two. visit:ip, visit:session and visit:visitor know only `is` and `is_not`. Values that are not UTF-8
// match nothing. Without regard to case means that of ASCII letters.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "app/stats/stats_cut.h"

namespace footfall {

class StatsMatch {
 public:
  StatsMatch() = default;  // holds always
  // All of the filters. The arguments outlive it.
  //   errors  invalid      a pattern that is no regular expression, an operation that the dimension does not know
  //           unsupported  patterns, where nothing knows them; more filters than are looked through
  static Result<StatsMatch> of(const StatsVisits& visits, StatsTexts& texts, std::span<const StatsFilter> filters);

  bool holds(const StatsHit& hit, const StatsVisit& visit, PageMeans page);
  // The same where all filters ask for the one dimension in which `said` was said.
  bool holds(std::uint32_t said);
  [[nodiscard]] bool is_empty() const { return all_.empty(); }

 private:
  // One filter that is not made of others.
  class Leaf;
  struct Node {
    StatsFilter::Operation operation = StatsFilter::Operation::all;
    std::vector<Node> children;
    std::size_t leaf = 0;  // of those without children
  };
  struct LeafDeleter {
    void operator()(Leaf* leaf) const;
  };

  Result<Node> node_of(const StatsVisits& visits, StatsTexts& texts, const StatsFilter& filter);
  // `ask(leaf)` says whether one of them holds.
  template <typename Ask>
  bool holds_all(std::span<const Node> nodes, Ask&& ask);
  template <typename Ask>
  bool holds_one(const Node& node, Ask&& ask);

  std::vector<Node> all_;
  std::vector<std::unique_ptr<Leaf, LeafDeleter>> leaves_;
};

}  // namespace footfall
