#include "app/stats/stats_inquiry.h"

#include <algorithm>
#include <cmath>

namespace footfall {
namespace {

// What is counted one by one has about a hundred bytes.
constexpr std::uint32_t groups_max = 1'000'000;

const Error too_many_rows{ErrorCode::unsupported, "this has more different rows than are counted: narrow the range"};

std::optional<double> ratio(double part, double whole, double scale) {
  if (whole == 0) return std::nullopt;
  return std::round(part / whole * scale) / scale;
}

template <typename Things, typename Thing>
std::size_t place_of(const Things& things, const Thing& thing) {
  return static_cast<std::size_t>(std::find(things.begin(), things.end(), thing) - things.begin());
}

// The order that is asked for, or the usual one, and then by every dimension: no two rows are equal in it.
std::vector<StatsOrder> whole_order(const StatsQuery& query) {
  std::vector<StatsOrder> order = query.order;
  if (order.empty()) {
    for (const DimensionName& name : query.dimensions) {
      if (is_time(name.dimension)) order.push_back({std::nullopt, name, false});
    }
    order.push_back({query.metrics.front(), std::nullopt, true});
  }
  for (const DimensionName& name : query.dimensions) order.push_back({std::nullopt, name, false});
  return order;
}

}  // namespace

StatsInquiry::StatsInquiry(const StatsVisits& visits, const StatsQuery& query)
    : visits_(visits), query_(query), texts_(visits) {
  for (const DimensionName& name : query.dimensions) {
    cut_pointers_.push_back(&cuts_.emplace_back(visits, texts_, name));
    by_page_ = by_page_ || name.dimension == Dimension::event_page;
  }
  const StatsTally::Wanted wanted{asks(Metric::visitors) || asks(Metric::percentage), asks(Metric::visits)};
  tally_.emplace(cut_pointers_, wanted);
}

Result<std::unique_ptr<StatsInquiry>> StatsInquiry::of(const StatsVisits& visits, const StatsQuery& query) {
  FOOTFALL_ASSERT(query.site == visits.site());
  if (const auto checked = check(query); !checked) return checked.error();
  if (const auto known = check_known(visits, query); !known) return known.error();
  std::unique_ptr<StatsInquiry> question(new StatsInquiry(visits, query));
  auto match = StatsMatch::of(visits, question->texts_, query.filters);
  if (!match) return match.error();
  question->match_ = std::move(*match);
  if (question->by_page_) return question;
  // A page in the filters alone: how many of those who came in there left at once.
  std::vector<StatsFilter> pages;
  std::copy_if(query.filters.begin(), query.filters.end(), std::back_inserter(pages), [](const auto& filter) {
    return filter.children.empty() && filter.dimension.dimension == Dimension::event_page;
  });
  auto entry_match = StatsMatch::of(visits, question->texts_, pages);
  if (!entry_match) return entry_match.error();
  question->entry_match_ = std::move(*entry_match);
  return question;
}

bool StatsInquiry::asks(Metric metric) const {
  return std::find(query_.metrics.begin(), query_.metrics.end(), metric) != query_.metrics.end();
}

Result<Done> StatsInquiry::add(std::span<const std::uint32_t> labels, const StatsSums& sums) {
  tally_->add(labels, sums);
  if (tally_->size() > groups_max) return too_many_rows;
  return Done{};
}

Result<Done> StatsInquiry::count() {
  make_visits();
  if (auto counted = count_hits(); !counted) return counted.error();
  if (std::any_of(query_.metrics.begin(), query_.metrics.end(), is_of_visits)) measure_visits();
  if (std::any_of(query_.metrics.begin(), query_.metrics.end(), is_of_engagement)) count_engagement();
  return Done{};
}

void StatsInquiry::make_visits() {
  made_.resize(visits_.sessions().size());
  for (std::uint32_t i = 0; i < visits_.size(); ++i) {
    const StatsHit& hit = visits_.hit(i);
    if (!is_counted(hit) || hit.time < query_.from - session_reach || hit.time >= query_.to + session_reach) continue;
    made_[hit.session].take(visits_, i);
  }
}

Result<Done> StatsInquiry::count_hits() {
  const bool keep_groups = std::any_of(query_.metrics.begin(), query_.metrics.end(), is_of_engagement);
  if (keep_groups) group_of_hit_.assign(visits_.size(), UINT32_MAX);
  for (std::uint32_t i = 0; i < visits_.size(); ++i) {
    const StatsHit& hit = visits_.hit(i);
    if (!is_counted(hit) || hit.time < query_.from || hit.time >= query_.to) continue;
    const StatsVisit& visit = made_[hit.session];
    if (!match_.holds(hit, visit, PageMeans::page_of_hit)) continue;
    const std::uint32_t group = tally_->count(hit, visit);
    if (keep_groups) group_of_hit_[i] = group;
    if (asks(Metric::percentage)) visitors_.insert(hit.visitor);
    if (tally_->size() > groups_max) return too_many_rows;
  }
  all_visitors_ += visitors_.size();
  return Done{};
}

void StatsInquiry::measure_visits() {
  const PageMeans page = by_page_ ? PageMeans::entry_of_visit : PageMeans::page_of_hit;
  std::vector<std::uint32_t> last(made_.size(), no_hit);
  for (std::uint32_t i = 0; i < visits_.size(); ++i) {
    const StatsHit& hit = visits_.hit(i);
    if (!is_counted(hit) || hit.time < query_.from || hit.time >= query_.to) continue;
    if (!match_.holds(hit, made_[hit.session], page)) continue;
    std::uint32_t& latest = last[hit.session];
    if (latest == no_hit || hit.time > visits_.hit(latest).time) latest = i;
  }
  for (std::uint32_t session = 0; session < last.size(); ++session) {
    if (last[session] == no_hit) continue;
    const StatsHit& hit = visits_.hit(last[session]);
    const StatsVisit& visit = made_[session];
    tally_->measure(hit, visit, entry_match_.holds(hit, visit, PageMeans::entry_of_visit), page);
  }
}

void StatsInquiry::count_engagement() {
  engagement_.resize(tally_->size());
  struct OfVisit {
    std::uint32_t group = 0;
    int deepest = -1;
  };
  NumberMap numbers;
  std::vector<OfVisit> of_visits;
  for (const StatsVisits::Engaged& engaged : visits_.engaged()) {
    const std::uint32_t group = group_of_hit_[engaged.hit];
    if (group == UINT32_MAX || engaged.time < query_.from - session_reach ||
        engaged.time >= query_.to + session_reach) {
      continue;
    }
    const std::uint64_t key = std::uint64_t{group} << 32U | visits_.hit(engaged.hit).session;
    const auto [number, is_new] = numbers.insert(key, static_cast<std::uint32_t>(of_visits.size()));
    if (is_new) {
      of_visits.push_back({group});
      ++engagement_[group].visits;
    }
    engagement_[group].ms += engaged.ms;
    if (engaged.depth <= 100) of_visits[number].deepest = std::max<int>(of_visits[number].deepest, engaged.depth);
  }
  for (const OfVisit& visit : of_visits) {
    if (visit.deepest < 0) continue;
    engagement_[visit.group].depths += static_cast<std::uint64_t>(visit.deepest);
    ++engagement_[visit.group].visits_with_depth;
  }
}

std::optional<double> StatsInquiry::value(Metric metric, std::uint32_t group) const {
  const auto number = [](std::uint64_t count) { return static_cast<double>(count); };
  const StatsSums& sums = tally_->sums(group);
  switch (metric) {
    case Metric::visitors:
      return number(sums.visitors);
    case Metric::visits:
      return number(sums.visits);
    case Metric::pageviews:
      return number(sums.pageviews);
    case Metric::events:
      return number(sums.events);
    case Metric::views_per_visit:
      return ratio(number(sums.views), number(sums.measured), 100);
    case Metric::bounce_rate:
      return ratio(100.0 * number(sums.bounced), number(sums.entered), 1);
    case Metric::visit_duration:
      return ratio(number(sums.duration_ms) / 1000, number(sums.measured), 1);
    case Metric::percentage:
      return ratio(100.0 * number(sums.visitors), number(all_visitors_), 10);
    case Metric::time_on_page:
      return ratio(number(engagement_[group].ms) / 1000, number(engagement_[group].visits), 1);
    case Metric::scroll_depth:
      return ratio(number(engagement_[group].depths), number(engagement_[group].visits_with_depth), 1);
  }
  FOOTFALL_ASSERT(false);
  return std::nullopt;
}

bool StatsInquiry::is_before(std::uint32_t a, std::uint32_t b, std::span<const StatsOrder> order) const {
  for (const StatsOrder& by : order) {
    if (by.dimension) {
      const std::size_t at = place_of(query_.dimensions, *by.dimension);
      const std::uint32_t x = tally_->labels(a)[at];
      const std::uint32_t y = tally_->labels(b)[at];
      if (x != y) return cuts_[at].is_less(x, y) != by.descending;
    } else {
      const auto x = value(*by.metric, a);
      const auto y = value(*by.metric, b);
      if (x.has_value() != y.has_value()) return x.has_value();
      if (x && *x != *y) return (*x < *y) != by.descending;
    }
  }
  return false;
}

StatsResult StatsInquiry::answer() const {
  std::vector<std::uint32_t> groups;
  for (std::uint32_t group = 0; group < tally_->size(); ++group) {
    if (query_.dimensions.empty() || tally_->sums(group).events > 0) groups.push_back(group);
  }
  StatsResult result;
  if (query_.total_rows) result.total_rows = groups.size();
  const std::size_t begin = std::min(query_.offset, groups.size());
  const std::size_t end = begin + std::min(query_.limit, groups.size() - begin);
  const std::vector<StatsOrder> order = whole_order(query_);
  std::partial_sort(groups.begin(), groups.begin() + static_cast<std::ptrdiff_t>(end), groups.end(),
                    [&](std::uint32_t a, std::uint32_t b) { return is_before(a, b, order); });
  for (std::size_t i = begin; i < end; ++i) {
    StatsRow& row = result.rows.emplace_back();
    for (std::size_t d = 0; d < cuts_.size(); ++d)
      row.dimensions.push_back(cuts_[d].label(tally_->labels(groups[i])[d]));
    for (const Metric metric : query_.metrics) row.metrics.push_back(value(metric, groups[i]));
  }
  return result;
}

}  // namespace footfall
