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
  for (const CounterValue& views : totals.paths) {
    OfSite& counters = of(views.site);
    counters.total += views.value;
    slot(counters.by_key, views.key) += views.value;
  }
  for (const CounterValue& named : totals.named) slot(of(named.site).by_key, named.key) += named.value;
}

void Counters::count_pageview(std::string_view site, std::string_view path) {
  OfSite& counters = of(site);
  ++counters.total;
  ++slot(counters.by_key, path);
}

Result<std::uint64_t> Counters::check_increment(std::string_view site, std::string_view key, std::uint64_t by) const {
  if (key == total_key) {
    return Error{ErrorCode::invalid, "TOTAL counts the page views of the site and cannot be incremented", "key"};
  }
  const std::uint64_t now = value(site, key).value_or(0);
  if (by > counter_value_max || now > counter_value_max - by) {
    return Error{ErrorCode::too_large, "the counter would pass 2^53 - 1", "by"};
  }
  return now + by;
}

void Counters::increment(std::string_view site, std::string_view key, std::uint64_t by) {
  slot(of(site).by_key, key) += by;
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
