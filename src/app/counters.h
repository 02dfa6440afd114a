// Numbers that only grow, exact and in memory: page views by path, their total, and named counters.
//
// A counter is known by site and key. Its value is where it began, plus the page views of the path that is its key,
// plus its increments. The key TOTAL is all page views of the site and cannot be incremented. A site has at most
// counters_per_site_max of its own; they are the first that came, also after a restart, so that no number jumps.
// One thread at a time (app/collector.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/siphash.h"
#include "domain/limits.h"
#include "ports/visit_store.h"

namespace footfall {

inline constexpr std::string_view total_key = "TOTAL";
// What pages are counted under once a site has counters_per_site_max of them. No path, which begins with '/'.
inline constexpr std::string_view other_key = "(other)";

// A map over texts that strangers choose.
struct KeyedHash {
  using is_transparent = void;
  SipKey key;
  std::size_t operator()(std::string_view text) const { return siphash(key, text); }
};
template <typename T>
using TextMap = std::unordered_map<std::string, T, KeyedHash, std::equal_to<>>;

class Counters {
 public:
  explicit Counters(const SipKey& key, std::size_t per_site_max = counters_per_site_max)
      : key_(key), per_site_max_(per_site_max), sites_(0, KeyedHash{key}) {}

  // Takes over totals; what a counter began with comes by `begin_at`.
  void load(const CounterTotals& totals);

  void count_pageview(std::string_view site, std::string_view path);
  // The new value.
  //   errors  invalid    the key is TOTAL or "(other)"
  //           too_large  it would pass counter_value_max
  //           too_many   it would be a new counter of a site that has counters_per_site_max
  Result<std::uint64_t> check_increment(std::string_view site, std::string_view key, std::uint64_t by) const;
  void increment(std::string_view site, std::string_view key, std::uint64_t by);
  // Makes the counter, if need be, and moves it from one beginning to a later one.
  //   errors  as of `check_increment`; TOTAL has a beginning, too
  Result<Done> check_begin(std::string_view site, std::string_view key, std::uint64_t by) const;
  void begin_later(std::string_view site, std::string_view key, std::uint64_t by);

  // Nothing: never counted.
  [[nodiscard]] std::optional<std::uint64_t> value(std::string_view site, std::string_view key) const;
  // All of a site, TOTAL first, then by key.
  [[nodiscard]] std::vector<CounterValue> all(std::string_view site) const;
  [[nodiscard]] std::size_t size() const;

 private:
  struct OfSite {
    explicit OfSite(const SipKey& key) : by_key(0, KeyedHash{key}) {}
    std::uint64_t total = 0;
    TextMap<std::uint64_t> by_key;
  };
  OfSite& of(std::string_view site);
  [[nodiscard]] bool has_room(std::string_view site, std::string_view key) const;

  SipKey key_;
  std::size_t per_site_max_;
  TextMap<OfSite> sites_;
};

}  // namespace footfall
