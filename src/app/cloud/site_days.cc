#include "app/cloud/site_days.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <set>

namespace footfall {
namespace {

using std::chrono::days;

// No visit is of a time before it or behind it; keys have four digits for a year.
constexpr Day first_day = Day(std::chrono::year(1970) / 1 / 1);
constexpr Day last_day = Day(std::chrono::year(9999) / 12 / 31);

std::optional<Day> day_in(std::string_view key) {
  int number = 0;
  if (key.size() < 8) return std::nullopt;
  const auto [end, problem] = std::from_chars(key.data(), key.data() + 8, number);
  if (problem != std::errc() || end != key.data() + 8) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(number / 10'000),
                                         std::chrono::month(static_cast<unsigned>(number / 100 % 100)),
                                         std::chrono::day(static_cast<unsigned>(number % 100)));
  if (!date.ok()) return std::nullopt;
  return Day(date);
}

std::string mark_of(const std::map<Day, std::string>& marks, Day day) {
  const auto found = marks.find(day);
  return found == marks.end() ? std::string() : found->second;
}

}  // namespace

std::string sums_key(Day day, std::size_t part) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "#%03zu", part);
  return key_part(day) + text.data();
}

Item known_until_item(std::string_view site, Day day) {
  return {{sums_partition(site, ""), "until"}, {{"day", key_part(day)}}};
}

Result<std::map<Day, std::string>> SiteCalendar::marks(std::string_view site, Day first, Day last) {
  ItemQuery query;
  query.partition = mark_partition(site);
  query.sk_from = key_part(first);
  query.sk_to = key_part(last);
  const auto items = table_.query(query);
  if (!items) return items.error();
  std::map<Day, std::string> marks;
  for (const Item& item : *items) {
    if (const auto day = day_in(item.key.sk)) marks[*day] = item.text("mark");
  }
  return marks;
}

Result<std::optional<Day>> SiteCalendar::known_until(std::string_view site) {
  const auto item = table_.get(known_until_item(site, Day()).key);
  if (!item) return item.error();
  return *item ? day_in((**item).text("day")) : std::optional<Day>{};
}

Result<SiteDays> SiteCalendar::between(std::string_view site, Day first, Day last) {
  const Instant now = clock_.now();
  const Day today = day_of(now);
  first = std::clamp(first, first_day, last_day - days(1));
  last = std::clamp(last, first_day, last_day - days(1));
  if (layout_.row_days) first = std::max(first, today - days(*layout_.row_days));
  SiteDays all{};
  if (first > last) return all;
  // The marks before the sums: sums that are newer than the marks look old, and are read from packs.
  const auto marked = marks(site, first - days(1), last + days(1));
  if (!marked) return marked.error();
  const auto known = known_until(site);
  if (!known) return known.error();
  ItemQuery query;
  query.partition = sums_partition(site, "");
  query.sk_from = sums_key(first, 0);
  query.sk_to = sums_key(last, 0);
  const auto heads = table_.query(query);
  if (!heads) return heads.error();
  std::set<Day> open;
  std::set<Day> has_head;
  for (const Item& item : *heads) {
    const auto day = day_in(item.key.sk);
    if (!day) continue;
    has_head.insert(*day);
    SummedDay summed;
    summed.run = item.text("run");
    summed.visits = static_cast<std::uint64_t>(item.number("n").value_or(0));
    summed.has_rest = item.number("rest").value_or(0) > 0;
    summed.marks = {std::string(item.text("m0")), std::string(item.text("m1")), std::string(item.text("m2"))};
    const DayMarks wanted{mark_of(*marked, *day - days(1)), mark_of(*marked, *day), mark_of(*marked, *day + days(1))};
    if (summed.marks == wanted) {
      all.summed.emplace(*day, std::move(summed));
    } else {
      open.insert(*day);
    }
  }
  for (const auto& [day, mark] : *marked) {
    if (day >= first && day <= last && !has_head.contains(day)) open.insert(day);
  }
  all.known_until = *known ? **known : today - unsummed_days_max - days(1);
  for (Day day = std::max(first, all.known_until + days(1)); day <= std::min(last, today + days(1)); day += days(1)) {
    if (!has_head.contains(day)) open.insert(day);
  }
  all.open.assign(open.begin(), open.end());
  for (const Day day : all.open) {
    if (now >= day + days(1) + summed_after) all.due.push_back(day);
  }
  return all;
}

}  // namespace footfall
