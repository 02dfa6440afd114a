// One question on its way to its answer: what is counted already, the visits, the rows.
//
// Not for callers: stats_answer.h and day_sums.h ask.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "app/stats/stats_match.h"
#include "app/stats/stats_tally.h"
#include "domain/stats_query.h"

namespace footfall {

class StatsInquiry {
 public:
  // Both outlive it. Errors: of `stats_of`.
  static Result<std::unique_ptr<StatsInquiry>> of(const StatsVisits& visits, const StatsQuery& query);

  // What was counted elsewhere: sums with these labels, one for each dimension. Error: unsupported (too many rows).
  Result<Done> add(std::span<const std::uint32_t> labels, const StatsSums& sums);
  // Visitors that were counted elsewhere, for `percentage`.
  void add_visitors(std::uint64_t visitors) { all_visitors_ += visitors; }
  // Counts the visits, once, after all that was added. Error: unsupported (too many rows).
  Result<Done> count();
  [[nodiscard]] StatsResult answer() const;

  [[nodiscard]] StatsTexts& texts() { return texts_; }
  [[nodiscard]] StatsMatch& match() { return match_; }
  [[nodiscard]] StatsCut& cut(std::size_t dimension) { return cuts_[dimension]; }

 private:
  StatsInquiry(const StatsVisits& visits, const StatsQuery& query);

  struct Engagement {
    std::uint64_t ms = 0;
    std::uint64_t visits = 0;
    std::uint64_t depths = 0;
    std::uint64_t visits_with_depth = 0;
  };

  [[nodiscard]] bool asks(Metric metric) const;
  [[nodiscard]] bool is_counted(const StatsHit& hit) const { return query_.bots || !hit.is_bot; }
  void make_visits();
  Result<Done> count_hits();
  void measure_visits();
  void count_engagement();
  [[nodiscard]] std::optional<double> value(Metric metric, std::uint32_t group) const;
  [[nodiscard]] bool is_before(std::uint32_t a, std::uint32_t b, std::span<const StatsOrder> order) const;

  const StatsVisits& visits_;
  const StatsQuery& query_;
  StatsTexts texts_;
  StatsMatch match_;
  StatsMatch entry_match_;  // of the filters that ask for the page alone
  std::deque<StatsCut> cuts_;
  std::vector<StatsCut*> cut_pointers_;
  std::optional<StatsTally> tally_;
  bool by_page_ = false;
  std::vector<StatsVisit> made_;  // by session
  std::vector<std::uint32_t> group_of_hit_;
  std::vector<Engagement> engagement_;  // by group
  NumberMap visitors_;
  std::uint64_t all_visitors_ = 0;
};

}  // namespace footfall
