#include "app/cloud/table_stats.h"

#include <algorithm>

#include "domain/limits.h"
#include "domain/stats_rules.h"

namespace footfall {
namespace {

using std::chrono::days;

// Unpacked, a whole panel of a day: panel_labels_max labels of path_bytes_max would be more than is believed.
constexpr std::size_t panel_bytes_max = 64UL * 1'024 * 1'024;

const Error too_many_visits{
    ErrorCode::unsupported,
    "this looks at more visits one by one than is done where they rest in DynamoDB: ask without "
    "filters and for whole days, or for a shorter time"};

}  // namespace

Result<std::map<Day, std::string>> read_panel(ItemTable& table, const Compression& compression, std::string_view site,
                                              std::string_view panel, const std::map<Day, SummedDay>& days) {
  std::map<Day, std::string> read;
  if (days.empty()) return read;
  ItemQuery query;
  query.partition = sums_partition(site, panel.empty() ? totals_panel : panel);
  query.sk_from = sums_key(days.begin()->first, 0);
  query.sk_to = sums_key(days.rbegin()->first + std::chrono::days(1), 0);
  const auto items = table.query(query);
  if (!items) return items.error();
  std::map<std::string_view, const Item*> by_key;
  for (const Item& item : *items) by_key.emplace(item.key.sk, &item);
  for (const auto& [day, summed] : days) {
    std::string packed;
    std::int64_t parts = 1;
    bool whole = true;
    for (std::int64_t part = 0; whole && part < parts; ++part) {
      const auto found = by_key.find(sums_key(day, static_cast<std::size_t>(part)));
      whole = found != by_key.end() && found->second->text("run") == summed.run;
      if (!whole) break;
      parts = found->second->number("of").value_or(1);
      packed += found->second->bytes("data");
    }
    if (!whole) continue;
    auto bytes = compression.unpack(packed, panel_bytes_max);
    if (!bytes) return Error{ErrorCode::corrupt, "sums of " + key_part(day) + " are damaged"};
    read.emplace(day, std::move(*bytes));
  }
  return read;
}

TableStats::OfSite& TableStats::fresh(const std::string& site) {
  sites_.erase(site);
  return sites_.try_emplace(site, site, knowledge_).first->second;
}

Result<Done> TableStats::read_rest(OfSite& of_site, Day day, const SummedDay& summed) {
  ItemQuery query;
  query.partition = sums_partition(of_site.visits.site(), rest_panel);
  query.sk_from = sums_key(day, 0);
  query.sk_to = sums_key(day + days(1), 0);
  const auto items = table_.query(query);
  if (!items) return items.error();
  for (const Item& item : *items) {
    if (item.text("run") != summed.run) continue;
    const auto visits = read_pack(item.bytes("data"), compression_);
    if (!visits) return visits.error();
    for (const NumberedHit& visit : visits->hits()) {
      of_site.visits.add(visit.number, visit.hit, visit.address.text());
    }
  }
  return Done{};
}

Result<Done> TableStats::hold(OfSite& of_site, Day day, bool open, const SummedDay* summed) {
  Held& held = of_site.days[day];
  if (!open) {
    if (summed->has_rest && held.run != summed->run) {
      if (auto read = read_rest(of_site, day, *summed); !read) return read;
    }
    held.run = summed->run;
    return Done{};
  }
  held.open = true;
  return packs_.read(of_site.visits.site(), day, held.place, [&](const NumberedHit& visit) -> Result<Done> {
    of_site.visits.add(visit.number, visit.hit, visit.address.text());
    if (of_site.visits.size() > packed_visits_max) return too_many_visits;
    return Done{};
  });
}

Result<StatsResult> TableStats::stats(const StatsQuery& query) {
  const Day first = day_of(std::max(query.from, Instant() + session_reach) - session_reach);
  const Day last = day_of(query.to + session_reach);
  const auto all = calendar_.between(query.site, first, last);
  if (!all) return all.error();
  std::map<Day, SummedDay> summed;  // those whose sums are taken: whole days of the range
  std::map<Day, std::string> sums;
  const auto panel = panel_of(query);
  if (panel) {
    for (const auto& [day, of_day] : all->summed) {
      if (of_day.visits > 0 && query.from <= day && day + days(1) <= query.to) summed.emplace(day, of_day);
    }
    auto read = read_panel(table_, compression_, query.site, *panel, summed);
    if (!read) return read.error();
    sums = std::move(*read);
  }
  // What is read as visits: all of an open day; of a day with sums its rest, and all where its sums are not taken.
  struct Wanted {
    bool open = true;
    const SummedDay* summed = nullptr;
  };
  std::map<Day, Wanted> wanted;
  for (const Day day : all->open) wanted.emplace(day, Wanted{});
  for (const auto& [day, of_day] : all->summed) {
    if (of_day.visits == 0) continue;
    const bool around = panel && (day + days(1) <= query.from || day >= query.to);
    wanted.emplace(day, Wanted{!(sums.contains(day) || around), &of_day});
  }
  auto found = sites_.find(query.site);
  // What is held must not be counted twice: as a visit, and in the sums.
  const auto fits = [&](const OfSite& of_site) {
    return std::all_of(of_site.days.begin(), of_site.days.end(), [&](const auto& one) {
      const auto& [day, held] = one;
      const auto asked = wanted.find(day);
      if (asked == wanted.end()) return !sums.contains(day);
      return asked->second.open || (!held.open && held.run == asked->second.summed->run);
    });
  };
  if (found == sites_.end() || !fits(found->second)) {
    fresh(query.site);
    found = sites_.find(query.site);
  }
  for (int turn = 0;; ++turn) {
    OfSite& of_site = found->second;
    Result<Done> done = Done{};
    for (const auto& [day, what] : wanted) {
      done = hold(of_site, day, what.open, what.summed);
      if (!done) break;
    }
    if (done) break;
    const bool held_others = turn == 0 && done.error().code == ErrorCode::unsupported;
    fresh(query.site);
    found = sites_.find(query.site);
    // What earlier questions left may have been in the way.
    if (!held_others) return done.error();
  }
  std::vector<DaySum> parts;
  parts.reserve(sums.size());
  for (const auto& [day, bytes] : sums) parts.push_back({day, bytes});
  return stats_of(found->second.visits, parts, query);
}

}  // namespace footfall
