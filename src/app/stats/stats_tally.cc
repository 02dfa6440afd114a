#include "app/stats/stats_tally.h"

#include <tuple>

namespace footfall {

StatsSums& StatsSums::operator+=(const StatsSums& other) {
  visitors += other.visitors;
  visits += other.visits;
  pageviews += other.pageviews;
  events += other.events;
  measured += other.measured;
  entered += other.entered;
  bounced += other.bounced;
  views += other.views;
  duration_ms += other.duration_ms;
  return *this;
}

StatsTally::StatsTally(std::span<StatsCut* const> cuts, Wanted wanted)
    : cuts_(cuts), wanted_(wanted), asked_(cuts.size()), steps_(cuts.size()) {
  if (cuts_.empty()) groups_.emplace_back();
}

std::uint32_t StatsTally::group_of(std::span<const std::uint32_t> labels) {
  std::uint32_t number = 0;
  bool is_new = false;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto next = static_cast<std::uint32_t>(steps_[i].size());
    std::tie(number, is_new) = steps_[i].insert(std::uint64_t{number} << 32U | labels[i], next);
  }
  if (is_new) {
    groups_.emplace_back();
    labels_.insert(labels_.end(), labels.begin(), labels.end());
  }
  return number;
}

std::uint32_t StatsTally::group_of(const StatsHit& hit, const StatsVisit& visit, PageMeans page) {
  for (std::size_t i = 0; i < cuts_.size(); ++i) {
    asked_[i] = cuts_[i]->labelled(cuts_[i]->said(hit, visit, hit.time, page));
  }
  return group_of(asked_);
}

std::uint32_t StatsTally::count(const StatsHit& hit, const StatsVisit& visit) {
  const std::uint32_t group = group_of(hit, visit, PageMeans::page_of_hit);
  StatsSums& sums = groups_[group];
  const std::uint64_t of_group = std::uint64_t{group} << 32U;
  if (wanted_.visitors && visitors_.insert(of_group | hit.visitor)) ++sums.visitors;
  if (wanted_.visits && visits_.insert(of_group | hit.session)) ++sums.visits;
  ++sums.events;
  if (hit.is_pageview()) ++sums.pageviews;
  return group;
}

void StatsTally::measure(const StatsHit& last, const StatsVisit& visit, bool entered, PageMeans page) {
  StatsSums& sums = groups_[group_of(last, visit, page)];
  ++sums.measured;
  if (entered) ++sums.entered;
  if (entered && visit.bounced()) ++sums.bounced;
  sums.views += visit.pageviews;
  sums.duration_ms += static_cast<std::uint64_t>((visit.ended - visit.began).count());
}

void StatsTally::add(std::span<const std::uint32_t> labels, const StatsSums& sums) {
  groups_[group_of(labels)] += sums;
}

}  // namespace footfall
