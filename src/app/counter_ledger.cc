#include "app/counter_ledger.h"

#include "domain/limits.h"

namespace footfall {
namespace {

// A view into memory of the thread: good until the next call.
std::string_view name_of_counter(std::string_view site, std::string_view key) {
  thread_local std::string name;
  name.assign(site);
  name.push_back('\n');  // in no host name
  name.append(key);
  return name;
}

}  // namespace

CounterLedger::Entry::Next CounterLedger::Entry::next_prize() const {
  const std::uint64_t next = pool_taken - settings.prizes_from;
  if (next < settings.prizes.size()) return {settings.prizes[next], true};
  return {settings.fallback, false};
}

const CounterLedger::Entry* CounterLedger::find(std::string_view site, std::string_view key) const {
  if (entries_.empty()) return nullptr;
  const auto found = entries_.find(name_of_counter(site, key));
  return found == entries_.end() ? nullptr : &found->second;
}

CounterLedger::Entry& CounterLedger::at(std::string_view site, std::string_view key) {
  const std::string_view name = name_of_counter(site, key);
  const auto found = entries_.find(name);
  return found != entries_.end() ? found->second : entries_.emplace(std::string(name), Entry{}).first->second;
}

void CounterLedger::set(std::string_view site, std::string_view key, CounterSettings settings) {
  at(site, key).settings = std::move(settings);
}

void CounterLedger::add_win(std::string_view site, std::string_view key, Win win) {
  Entry& entry = at(site, key);
  entry.wins.push_back(std::move(win));
  if (entry.wins.size() > wins_remembered_max) entry.wins.pop_front();
}

void CounterLedger::add_claim(std::string_view site, std::string_view key, std::uint64_t number, ClaimedPrize claimed) {
  Entry& entry = at(site, key);
  if (claimed.from_pool) ++entry.pool_taken;
  entry.claims.emplace(number, std::move(claimed));
}

}  // namespace footfall
