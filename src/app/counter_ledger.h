// What is known of the few counters that have settings: their rules, their wins, and what was claimed.
//
// One thread at a time (app/collector.h). What it holds is rebuilt from store and journal, in their order.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "app/counters.h"
#include "base/time.h"
#include "domain/counter_rules.h"

namespace footfall {

struct Win {
  std::uint64_t number = 0;
  std::uint32_t rule = 0;
  Instant time;
  std::string session;  // hashed; empty: not known
};

struct ClaimedPrize {
  Instant time;
  bool from_pool = false;
  std::string prize;  // a JSON object
};

class CounterLedger {
 public:
  struct Entry {
    CounterSettings settings;
    std::deque<Win> wins;  // the newest wins_remembered_max, newest last
    std::map<std::uint64_t, ClaimedPrize> claims;
    std::uint64_t pool_taken = 0;

    // The surprise that the next claim gets, and whether it is the pool's.
    struct Next {
      std::string_view prize;
      bool from_pool;
    };
    [[nodiscard]] Next next_prize() const;
  };

  explicit CounterLedger(const SipKey& key) : entries_(0, KeyedHash{key}) {}

  // Null: the counter has no settings.
  [[nodiscard]] const Entry* find(std::string_view site, std::string_view key) const;
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  void set(std::string_view site, std::string_view key, CounterSettings settings);
  void add_win(std::string_view site, std::string_view key, Win win);
  void add_claim(std::string_view site, std::string_view key, std::uint64_t number, ClaimedPrize claimed);

 private:
  Entry& at(std::string_view site, std::string_view key);

  TextMap<Entry> entries_;
};

}  // namespace footfall
