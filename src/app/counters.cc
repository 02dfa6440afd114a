#include "app/counters.h"

#include <algorithm>

#include "domain/limits.h"

namespace footfall {
namespace {

std::uint64_t& slot(TextMap<std::uint64_t>& map, std::string_view key) {
  const auto found = map.find(key);
  return found != map.end() ? found->second : map.emplace(std::string(key), 0).first->second;
}

}  // namespace

Counters::OfSite& Counters::of(std::string_view site) {
  const auto found = sites_.find(site);
  return found != sites_.end() ? found->second : sites_.emplace(std::string(site), OfSite(key_)).first->second;
}

void Counters::load(const CounterTotals& totals) {
  struct Counted {
    const CounterValue* value;
    bool is_path;
  };
  std::vector<Counted> in_order;
  in_order.reserve(totals.paths.size() + totals.named.size());
  for (const CounterValue& views : totals.paths) in_order.push_back({&views, true});
  for (const CounterValue& named : totals.named) in_order.push_back({&named, false});
  // As they came: the same counters have a place of their own as before.
  std::stable_sort(in_order.begin(), in_order.end(),
                   [](const Counted& a, const Counted& b) { return a.value->first < b.value->first; });
  for (const auto& [value, is_path] : in_order) {
    OfSite& counters = of(value->site);
    if (is_path) counters.total += value->value;
    const bool apart = !is_path || has_room(value->site, value->key);
    slot(counters.by_key, apart ? std::string_view(value->key) : other_key) += value->value;
  }
}

// True for a key that is there, too. "(other)" is one more than the most.
bool Counters::has_room(std::string_view site, std::string_view key) const {
  const auto counters = sites_.find(site);
  return counters == sites_.end() || counters->second.by_key.size() < per_site_max_ ||
         counters->second.by_key.contains(key);
}

void Counters::count_pageview(std::string_view site, std::string_view path) {
  OfSite& counters = of(site);
  ++counters.total;
  if (const auto found = counters.by_key.find(path); found != counters.by_key.end()) {
    ++found->second;
  } else {
    ++slot(counters.by_key, counters.by_key.size() < per_site_max_ ? path : other_key);
  }
}

Result<std::uint64_t> Counters::check_increment(std::string_view site, std::string_view key, std::uint64_t by) const {
  if (key == total_key) {
    return Error{ErrorCode::invalid, "TOTAL counts the page views of the site and cannot be incremented", "key"};
  }
  if (const auto may = check_begin(site, key, by); !may) return may.error();
  return value(site, key).value_or(0) + by;
}

void Counters::increment(std::string_view site, std::string_view key, std::uint64_t by) {
  slot(of(site).by_key, key) += by;
}

Result<Done> Counters::check_begin(std::string_view site, std::string_view key, std::uint64_t by) const {
  if (key == other_key) {
    return Error{ErrorCode::invalid, "(other) counts the pages that have no counter of their own", "key"};
  }
  if (key != total_key && !has_room(site, key)) {
    return Error{ErrorCode::too_many, "the site has as many counters as it may; those there are go on", "key"};
  }
  const std::uint64_t now = value(site, key).value_or(0);
  if (by > counter_value_max || now > counter_value_max - by) {
    return Error{ErrorCode::too_large, "the counter would pass 2^53 - 1", "by"};
  }
  return Done{};
}

void Counters::begin_later(std::string_view site, std::string_view key, std::uint64_t by) {
  OfSite& counters = of(site);
  (key == total_key ? counters.total : slot(counters.by_key, key)) += by;
}

std::optional<std::uint64_t> Counters::value(std::string_view site, std::string_view key) const {
  const auto counters = sites_.find(site);
  if (counters == sites_.end()) return std::nullopt;
  if (key == total_key) return counters->second.total;
  const auto found = counters->second.by_key.find(key);
  if (found == counters->second.by_key.end()) return std::nullopt;
  return found->second;
}

std::vector<CounterValue> Counters::all(std::string_view site) const {
  std::vector<CounterValue> values;
  const auto counters = sites_.find(site);
  if (counters == sites_.end()) return values;
  values.reserve(counters->second.by_key.size() + 1);
  for (const auto& [key, value] : counters->second.by_key) values.push_back({std::string(site), key, value});
  std::sort(values.begin(), values.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  values.insert(values.begin(), {std::string(site), std::string(total_key), counters->second.total});
  return values;
}

std::size_t Counters::size() const {
  std::size_t size = 0;
  for (const auto& [site, counters] : sites_) size += counters.by_key.size();
  return size;
}

}  // namespace footfall
