// Counting hits and visits by what they say in some dimensions.
//
// Each hit costs a look-up by dimension, and one for each unique thing that is counted. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "app/stats/number_map.h"
#include "app/stats/stats_cut.h"

namespace footfall {

// What the metrics are made of.
struct StatsSums {
  std::uint64_t visitors = 0;
  std::uint64_t visits = 0;
  std::uint64_t pageviews = 0;
  std::uint64_t events = 0;
  // Of the visits as wholes: how many, how many of them count for bounces, and what they come to.
  std::uint64_t measured = 0;
  std::uint64_t entered = 0;
  std::uint64_t bounced = 0;
  std::uint64_t views = 0;
  std::uint64_t duration_ms = 0;

  StatsSums& operator+=(const StatsSums& other);
  friend bool operator==(const StatsSums&, const StatsSums&) = default;
};

class StatsTally {
 public:
  // Which unique things are counted.
  struct Wanted {
    bool visitors = true;
    bool visits = true;
  };

  // Without cuts there is one group from the start.
  StatsTally(std::span<StatsCut* const> cuts, Wanted wanted);

  // A hit that matches. Gives back its group.
  std::uint32_t count(const StatsHit& hit, const StatsVisit& visit);
  // A visit as a whole, at `last`, its last hit that matches.
  void measure(const StatsHit& last, const StatsVisit& visit, bool entered, PageMeans page);
  // What was counted elsewhere, nothing of which is counted here. `labels`: one for each cut.
  void add(std::span<const std::uint32_t> labels, const StatsSums& sums);

  // Groups may be without a hit: a visit may have entered at a page that no hit that matches is of.
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(groups_.size()); }
  [[nodiscard]] const StatsSums& sums(std::uint32_t group) const { return groups_[group]; }
  [[nodiscard]] std::span<const std::uint32_t> labels(std::uint32_t group) const {
    return std::span(labels_).subspan(group * cuts_.size(), cuts_.size());
  }

 private:
  std::uint32_t group_of(std::span<const std::uint32_t> labels);
  std::uint32_t group_of(const StatsHit& hit, const StatsVisit& visit, PageMeans page);

  std::span<StatsCut* const> cuts_;
  Wanted wanted_;
  std::vector<StatsSums> groups_;
  std::vector<std::uint32_t> labels_;  // of each group, one after the other
  std::vector<std::uint32_t> asked_;   // of the group that is looked for
  std::vector<NumberMap> steps_;       // by dimension: from the number so far and a label to a number
  NumberMap visitors_;                 // of groups
  NumberMap visits_;
};

}  // namespace footfall
