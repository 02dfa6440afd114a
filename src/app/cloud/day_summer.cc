#include "app/cloud/day_summer.h"

#include <algorithm>
#include <optional>
#include <set>

#include "base/text.h"
#include "domain/limits.h"

namespace footfall {
namespace {

using std::chrono::days;

const ItemKey lock_key{"F#summing", "-"};
// Of one part; what is packed is at most a little more.
constexpr std::size_t part_bytes_max = item_bytes_max - 20'000;

}  // namespace

Result<std::int64_t> DaySummer::lock() {
  const auto held = table_.get(lock_key);
  if (!held) return held.error();
  const std::int64_t now = milliseconds_of(clock_.now());
  PutCondition condition;
  std::int64_t version = 1;
  if (*held) {
    if ((**held).number("until").value_or(0) > now) {
      return Error{ErrorCode::in_use, "another function sums days at this moment"};
    }
    condition.version = (**held).number("ver").value_or(0);
    version = *condition.version + 1;
  }
  const Item item{lock_key, {{"ver", version}, {"until", now + Milliseconds(summing_max).count()}}};
  const auto put = table_.put_if(item, condition);
  if (!put) return Error{ErrorCode::unavailable, put.error().what};
  if (!*put) return Error{ErrorCode::in_use, "another function began to sum days"};
  return version;
}

Result<Done> DaySummer::unlock(std::int64_t version) {
  const auto put = table_.put_if({lock_key, {{"ver", version + 1}, {"until", std::int64_t{0}}}}, {.version = version});
  if (!put) return put.error();
  return Done{};
}

Result<std::size_t> DaySummer::sum_all(std::string_view site, Instant end) {
  return sum(site, Day(), day_of(clock_.now()), end);
}

Result<std::size_t> DaySummer::sum(std::string_view site, Day first, Day last, Instant end) {
  const auto version = lock();
  if (!version) return version.error();
  const auto summed = sum_locked(site, first, last, end);
  // A lock that cannot be given back ends by itself.
  if (auto done = unlock(*version); !done) log_("the lock of summing stays for a while: " + done.error().what);
  return summed;
}

Result<std::size_t> DaySummer::sum_locked(std::string_view site, Day first, Day last, Instant end) {
  const auto all = calendar_.between(site, first, last);
  if (!all) return all.error();
  std::size_t summed = 0;
  std::optional<Error> later;
  std::set<Day> left(all->due.begin(), all->due.end());
  for (const Day day : all->due) {
    if (clock_.now() >= end) {
      later = Error{ErrorCode::timed_out, "there was no time to sum all days that are over"};
      break;
    }
    const auto done = sum_day(site, day);
    if (done) {
      left.erase(day);
      ++summed;
      continue;
    }
    if (!later) later = done.error();
    if (done.error().code != ErrorCode::too_many && done.error().code != ErrorCode::corrupt) break;
  }
  // As far as each day behind it is summed or has none to be: only whoever looked at all of them can tell.
  Day until = last;
  while (clock_.now() < until + days(1) + summed_after) until -= days(1);
  if (const auto missing = left.upper_bound(all->known_until); missing != left.end()) {
    until = std::min(until, *missing - days(1));
  }
  if (first <= all->known_until + days(1) && until > all->known_until) {
    const Item item = known_until_item(site, until);
    if (auto put = table_.put_all(std::span(&item, 1)); !put) return put.error();
  }
  if (later) return *later;
  return summed;
}

Result<DayMarks> DaySummer::marks_of(std::string_view site, Day day) {
  DayMarks marks;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const auto item = table_.get({mark_partition(site), key_part(day + days(static_cast<int>(i) - 1))});
    if (!item) return item.error();
    if (*item) marks[i] = (**item).text("mark");
  }
  return marks;
}

Result<Done> DaySummer::sum_day(std::string_view site, Day day) {
  // The marks before the packs: what comes in between changes the mark, and the day is summed again.
  const auto marks = marks_of(site, day);
  if (!marks) return marks.error();
  StatsVisits visits{std::string(site), knowledge_};
  std::uint64_t of_day = 0;
  for (const Day near : {day, day - days(1), day + days(1)}) {
    DayPacks::Place place;
    const auto read = packs_.read(site, near, place, [&](const NumberedHit& visit) -> Result<Done> {
      if (visits.size() == summed_visits_max) {
        return Error{ErrorCode::too_many, key_part(day) + " and the days around it have more visits than are summed"};
      }
      visits.add(visit.number, visit.hit, visit.address.text());
      return Done{};
    });
    if (!read) return read;
    if (near == day) of_day = visits.size();
    if (of_day == 0) break;
  }
  if (of_day == 0) return put_day(site, day, *marks, 0, {}, {});
  const DaySums sums = sums_of(visits, day);
  // Once more through the packs: those of the rest stay visits.
  std::vector<std::string> rest;
  std::vector<bool> taken(sums.rest.size());
  std::string bytes;
  DayPacks::Place place;
  if (!sums.rest.empty()) {
    const auto read = packs_.read(site, day, place, [&](const NumberedHit& visit) -> Result<Done> {
      const auto found = std::lower_bound(sums.rest.begin(), sums.rest.end(), visit.number);
      if (found == sums.rest.end() || *found != visit.number) return Done{};
      const auto at = static_cast<std::size_t>(found - sums.rest.begin());
      if (taken[at]) return Done{};
      taken[at] = true;
      for (const std::string& one : to_bytes(std::span(&visit, 1), part_bytes_max)) {
        if (bytes.size() + one.size() > part_bytes_max) {
          rest.push_back(compression_.pack(bytes));
          bytes.clear();
        }
        bytes += one;
      }
      return Done{};
    });
    if (!read) return read;
    if (!bytes.empty()) rest.push_back(compression_.pack(bytes));
  }
  return put_day(site, day, *marks, of_day, sums, rest);
}

Result<Done> DaySummer::put_day(std::string_view site, Day day, const DayMarks& marks, std::uint64_t visits,
                                const DaySums& sums, std::span<const std::string> rest) {
  const Instant leaves = day + days(1);
  std::vector<Item> items;
  std::string digested;
  const auto add = [&](std::string_view panel, std::size_t part, std::size_t parts, std::string data) {
    digested += to_hex(crypto_.sha256(data));
    Item item{{sums_partition(site, panel), sums_key(day, part)}, {{"of", static_cast<std::int64_t>(parts)}}};
    item.values["data"] = ItemBytes{std::move(data)};
    // Counters only grow: what pages were viewed stays when the visits leave, and says nothing of anybody.
    if (const auto at = leaves_at(leaves, layout_); at && panel != page_panel) item.values["ttl"] = *at;
    items.push_back(std::move(item));
  };
  for (const auto& [panel, bytes] : sums.parts) {
    const std::string packed = compression_.pack(bytes);
    const std::size_t parts = std::max<std::size_t>(1, (packed.size() + part_bytes_max - 1) / part_bytes_max);
    for (std::size_t part = 0; part < parts; ++part) {
      add(panel.empty() ? totals_panel : panel, part, parts, packed.substr(part * part_bytes_max, part_bytes_max));
    }
  }
  for (std::size_t part = 0; part < rest.size(); ++part) add(rest_panel, part, rest.size(), rest[part]);
  const std::string run = to_hex(crypto_.sha256(digested)).substr(0, 16);
  for (Item& item : items) item.values["run"] = run;
  if (auto put = table_.put_all(items); !put) return put;
  Item head{{sums_partition(site, ""), sums_key(day, 0)},
            {{"run", run},
             {"n", static_cast<std::int64_t>(visits)},
             {"rest", static_cast<std::int64_t>(rest.size())},
             {"m0", marks[0]},
             {"m1", marks[1]},
             {"m2", marks[2]}}};
  return table_.put_all(std::span(&head, 1));
}

Result<Done> SitesSummer::sum_due(Instant deadline) {
  const auto sites = sites_();
  if (!sites) return sites.error();
  std::optional<Error> first;
  for (const std::string& site : *sites) {
    const auto summed = summer_.sum_all(site, deadline);
    if (summed && *summed > 0) log_(site + ": " + std::to_string(*summed) + " days summed");
    if (summed) continue;
    // Someone else is at it, or the next time is soon enough.
    if (summed.error().code == ErrorCode::in_use) return Done{};
    log_(site + ": " + std::string(name_of(summed.error().code)) + ": " + summed.error().what);
    if (summed.error().code == ErrorCode::timed_out) return Done{};
    if (!first) first = summed.error();
  }
  if (first) return *first;
  return Done{};
}

SitesSummer::Summed SitesSummer::sum_days(std::span<const SiteDay> days, Instant deadline) {
  Summed done;
  for (const SiteDay& one : days) {
    // What a visit of the day changes are the sums of its neighbours as well.
    const auto summed = summer_.sum(one.site, one.day - std::chrono::days(1), one.day + std::chrono::days(1), deadline);
    if (!summed) {
      done.error = summed.error();
      return done;
    }
    ++done.done;
  }
  return done;
}

}  // namespace footfall
