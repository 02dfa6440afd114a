// Who has counted lately, for counters that count each session, or each visitor of a day, once.
//
// Remembers once_window of time and `entries_max` entries, whichever is less: beyond that the oldest may count again.
// Keeps a keyed hash of site, counter and visitor, and nothing that leads back to them. One thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/siphash.h"
#include "base/time.h"
#include "domain/limits.h"

namespace footfall {

class OnceWindow {
 public:
  struct Counted {
    std::uint64_t value = 0;
    Instant time;
  };

  explicit OnceWindow(const SipKey& key, std::size_t entries_max = once_remembered_max)
      : key_(key), entries_max_(entries_max) {}

  [[nodiscard]] std::optional<Counted> find(std::string_view site, std::string_view key, std::uint64_t who,
                                            Instant now) const;
  // In the order of time, or nearly.
  void remember(std::string_view site, std::string_view key, std::uint64_t who, const Counted& counted, Instant now);
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  [[nodiscard]] std::uint64_t hash(std::string_view site, std::string_view key, std::uint64_t who) const;

  SipKey key_;
  std::size_t entries_max_;
  std::unordered_map<std::uint64_t, Counted> entries_;
  std::deque<std::pair<Instant, std::uint64_t>> order_;
};

}  // namespace footfall
