#include "app/cloud/page_views.h"

#include <algorithm>
#include <set>

#include "app/cloud/table_stats.h"
#include "app/stats/day_sums.h"

namespace footfall {
namespace {

// A day that came late shows after this, and a new day at once.
constexpr std::chrono::seconds days_fresh{30};

const Error not_told_apart{ErrorCode::unsupported,
                           "on some day there were more different pages than are counted apart, and this was none of "
                           "those that were"};

}  // namespace

Result<Done> PageViews::add_sums(OfSite& of_site, std::string_view site, const std::map<Day, SummedDay>& days,
                                 std::vector<Day>& open) {
  const auto panels = read_panel(table_, compression_, site, page_panel, days);
  if (!panels) return panels.error();
  for (const auto& [day, summed] : days) {
    const auto found = panels->find(day);
    if (found == panels->end()) {
      open.push_back(day);
      continue;
    }
    const auto views = pageviews_of(found->second);
    if (!views) return views.error();
    std::uint64_t named = 0;
    for (const auto& [path, count] : views->by_path) named += count;
    const std::uint32_t crowded = named < views->total ? 1 : 0;
    for (const auto& [path, count] : views->by_path) {
      Summed& of_path = of_site.summed[std::string(path)];
      of_path.views += count;
      of_path.crowded_days += crowded;
    }
    of_site.summed_total += views->total;
    of_site.crowded_days += crowded;
    of_site.runs.emplace(day, summed.run);
  }
  return Done{};
}

Result<Done> PageViews::look_at_days(OfSite& of_site, std::string_view site) {
  const auto days = calendar_.between(site, Day(), day_of(clock_.now()) + std::chrono::days(1));
  if (!days) return days.error();
  std::map<Day, SummedDay> with_visits;
  for (const auto& [day, summed] : days->summed) {
    if (summed.visits > 0) with_visits.emplace(day, summed);
  }
  // Sums are only ever added to what is known: where one of them went or changed, all begins anew.
  const bool still_there = std::all_of(of_site.runs.begin(), of_site.runs.end(), [&](const auto& known) {
    const auto found = with_visits.find(known.first);
    return found != with_visits.end() && found->second.run == known.second;
  });
  if (!still_there) of_site = OfSite(key_);
  for (const auto& [day, run] : of_site.runs) with_visits.erase(day);
  std::vector<Day> open = days->open;
  if (auto added = add_sums(of_site, site, with_visits, open); !added) return added;
  std::sort(open.begin(), open.end());
  // A day that was open and has sums now is in both: the open ones are read anew.
  const bool fewer = std::any_of(of_site.open_days.begin(), of_site.open_days.end(), [&](const auto& known) {
    return !std::binary_search(open.begin(), open.end(), known.first);
  });
  if (fewer) {
    of_site.open_days.clear();
    of_site.open.clear();
    of_site.open_total = 0;
  }
  for (const Day day : open) of_site.open_days[day];
  of_site.looked = clock_.now();
  return Done{};
}

Result<Done> PageViews::read_open(OfSite& of_site, std::string_view site) {
  for (auto& [day, open] : of_site.open_days) {
    const auto read = packs_.read(site, day, open.place, [&](const NumberedHit& visit) -> Result<Done> {
      if (!open.numbers.insert(visit.number).second || !visit.hit.is_pageview()) return Done{};
      ++of_site.open[std::string(visit.hit.path)];
      ++of_site.open_total;
      return Done{};
    });
    if (!read) return read;
  }
  return Done{};
}

Result<PageViews::OfSite*> PageViews::now(std::string_view site) {
  OfSite& of_site = sites_.try_emplace(std::string(site), key_).first->second;
  const Instant now = clock_.now();
  if (now - of_site.looked >= days_fresh || day_of(now) != day_of(of_site.looked)) {
    if (auto looked = look_at_days(of_site, site); !looked) {
      // Half of it may be in.
      of_site = OfSite(key_);
      return looked.error();
    }
  }
  if (auto read = read_open(of_site, site); !read) return read.error();
  return &of_site;
}

std::optional<std::uint64_t> PageViews::known(const OfSite& of_site, std::string_view path) {
  const auto summed = of_site.summed.find(path);
  const Summed of_path = summed == of_site.summed.end() ? Summed{} : summed->second;
  if (of_path.crowded_days < of_site.crowded_days) return std::nullopt;
  const auto open = of_site.open.find(path);
  return of_path.views + (open == of_site.open.end() ? 0 : open->second);
}

Result<std::optional<std::uint64_t>> PageViews::of(std::string_view site, std::string_view key) {
  std::optional<std::uint64_t> views;
  if (key == other_key) {
    const auto all = this->all(site);
    if (!all) return all.error();
    for (const auto& [path, count] : *all) {
      if (path == other_key) views = count;
    }
    return views;
  }
  const auto of_site = now(site);
  if (!of_site) return of_site.error();
  views = key == total_key ? (*of_site)->summed_total + (*of_site)->open_total : known(**of_site, key);
  if (!views) return not_told_apart;
  return *views == 0 ? std::optional<std::uint64_t>{} : views;
}

Result<std::vector<std::pair<std::string, std::uint64_t>>> PageViews::all(std::string_view site) {
  const auto found = now(site);
  if (!found) return found.error();
  const OfSite& of_site = **found;
  std::set<std::string_view> paths;
  for (const auto& [path, summed] : of_site.summed) paths.insert(path);
  for (const auto& [path, count] : of_site.open) paths.insert(path);
  const std::uint64_t total = of_site.summed_total + of_site.open_total;
  std::vector<std::pair<std::string, std::uint64_t>> all;
  if (total > 0) all.emplace_back(total_key, total);
  std::uint64_t others = total;
  for (const std::string_view path : paths) {
    const auto views = known(of_site, path);
    if (!views) continue;
    others -= *views;
    all.emplace_back(path, *views);
  }
  if (others > 0) all.emplace_back(other_key, others);
  return all;
}

}  // namespace footfall
