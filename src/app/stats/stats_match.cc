#include "app/stats/stats_match.h"

#include <algorithm>
#include <unordered_set>

#include "base/text.h"
#include "domain/kept_address.h"

namespace footfall {
namespace {

using Operation = StatsFilter::Operation;

// Each remembers what it said of every text. People ask with a handful.
constexpr std::size_t leaves_max = 64;

Error bad_filter(std::string what) { return {ErrorCode::invalid, std::move(what), "filters"}; }

bool is_made_of_others(Operation operation) {
  return operation == Operation::all || operation == Operation::any || operation == Operation::negate;
}

}  // namespace

class StatsMatch::Leaf {
 public:
  Leaf(const StatsVisits& visits, StatsTexts& texts, const StatsFilter& filter)
      : cut_(visits, texts, filter.dimension),
        operation_(positive_of(filter.operation)),
        negative_(is_negative(filter.operation)),
        case_sensitive_(filter.case_sensitive) {}

  Result<Done> read(const StatsVisits& visits, const StatsFilter& filter) {
    const Dimension dimension = filter.dimension.dimension;
    if (is_time(dimension)) {
      return bad_filter("`" + text_of(filter.dimension) + "` cannot be filtered: the range says which time is meant");
    }
    if (filter.values.empty()) return bad_filter("the filter of `" + text_of(filter.dimension) + "` has no values");
    if (is_exact(dimension) && operation_ != Operation::is) {
      return bad_filter("`" + text_of(filter.dimension) + "` can be filtered by is and is_not only");
    }
    for (const std::string& value : filter.values) {
      if (operation_ == Operation::is && means_nothing(filter, value)) {
        values_.insert("");
        continue;
      }
      if (!is_utf8(value)) continue;
      if (operation_ == Operation::matches) {
        if (visits.knowledge().patterns == nullptr) {
          return Error{ErrorCode::unsupported, "regular expressions are not known here", "filters"};
        }
        auto pattern = visits.knowledge().patterns->pattern(value, case_sensitive_);
        if (!pattern) return bad_filter(pattern.error().what);
        patterns_.push_back(std::move(*pattern));
      } else if (dimension == Dimension::visit_ip) {
        const auto address = StoredAddress::parse(value);
        if (address) values_.insert(address->text());
      } else if (operation_ == Operation::is && value.empty() && dimension == Dimension::event_props) {
        continue;  // a property that is not there is not even empty
      } else {
        values_.insert(is_exact(dimension) ? value : folded(value));
      }
    }
    return Done{};
  }

  bool holds(const StatsHit& hit, const StatsVisit& visit, PageMeans page) {
    return holds(cut_.said(hit, visit, hit.time, page));
  }

  bool holds(std::uint32_t said) {
    if (said >= judged_.size()) judged_.resize(said + std::size_t{1}, Judged::not_yet);
    if (judged_[said] == Judged::not_yet) judged_[said] = judge(cut_.text(said)) ? Judged::holds : Judged::does_not;
    return judged_[said] == Judged::holds;
  }

 private:
  enum class Judged : std::uint8_t { not_yet, holds, does_not };

  [[nodiscard]] std::string folded(std::string_view text) const {
    return case_sensitive_ ? std::string(text) : to_lower(text);
  }

  [[nodiscard]] bool judge(std::string_view text) const {
    const bool is_there = !text.empty() || cut_.name().dimension != Dimension::event_props;
    if (!is_there && operation_ != Operation::is) return false;
    return has(text) != negative_;
  }

  [[nodiscard]] bool has(std::string_view text) const {
    if (operation_ == Operation::matches) {
      return std::any_of(patterns_.begin(), patterns_.end(), [&](const auto& pattern) { return pattern->is_in(text); });
    }
    const std::string said = is_exact(cut_.name().dimension) ? std::string(text) : folded(text);
    if (operation_ == Operation::is) return values_.contains(said);
    return std::any_of(values_.begin(), values_.end(),
                       [&](const std::string& value) { return said.find(value) != std::string::npos; });
  }

  StatsCut cut_;
  Operation operation_;
  bool negative_;
  bool case_sensitive_;
  std::unordered_set<std::string> values_;  // the owner's, so nobody chooses where they land
  std::vector<std::unique_ptr<TextPattern>> patterns_;
  std::vector<Judged> judged_;
};

void StatsMatch::LeafDeleter::operator()(Leaf* leaf) const { delete leaf; }

Result<StatsMatch> StatsMatch::of(const StatsVisits& visits, StatsTexts& texts, std::span<const StatsFilter> filters) {
  StatsMatch match;
  for (const StatsFilter& filter : filters) {
    auto node = match.node_of(visits, texts, filter);
    if (!node) return node.error();
    match.all_.push_back(std::move(*node));
  }
  return match;
}

Result<StatsMatch::Node> StatsMatch::node_of(const StatsVisits& visits, StatsTexts& texts, const StatsFilter& filter) {
  Node node;
  node.operation = filter.operation;
  if (is_made_of_others(filter.operation)) {
    for (const StatsFilter& child : filter.children) {
      auto made = node_of(visits, texts, child);
      if (!made) return made.error();
      node.children.push_back(std::move(*made));
    }
    return node;
  }
  if (leaves_.size() == leaves_max) {
    return Error{ErrorCode::unsupported, "more filters than are looked through here: at most 64", "filters"};
  }
  node.leaf = leaves_.size();
  leaves_.emplace_back(new Leaf(visits, texts, filter));
  if (auto read = leaves_.back()->read(visits, filter); !read) return read.error();
  return node;
}

template <typename Ask>
bool StatsMatch::holds_all(std::span<const Node> nodes, Ask&& ask) {
  return std::all_of(nodes.begin(), nodes.end(), [&](const Node& node) { return holds_one(node, ask); });
}

template <typename Ask>
bool StatsMatch::holds_one(const Node& node, Ask&& ask) {
  switch (node.operation) {
    case Operation::all:
      return holds_all(node.children, ask);
    case Operation::negate:
      return !holds_all(node.children, ask);
    case Operation::any:
      return std::any_of(node.children.begin(), node.children.end(),
                         [&](const Node& child) { return holds_one(child, ask); });
    default:
      return ask(*leaves_[node.leaf]);
  }
}

bool StatsMatch::holds(const StatsHit& hit, const StatsVisit& visit, PageMeans page) {
  return holds_all(all_, [&](Leaf& leaf) { return leaf.holds(hit, visit, page); });
}

bool StatsMatch::holds(std::uint32_t said) {
  return holds_all(all_, [&](Leaf& leaf) { return leaf.holds(said); });
}

}  // namespace footfall
