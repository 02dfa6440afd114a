#include "app/counter_numbers.h"

#include "domain/limits.h"

namespace footfall {
namespace {

// A site shows a handful of badges; the numbers of a page are some hundred bytes here.
constexpr std::size_t answers_kept_max = 1'024;

std::string text_of(const CounterQuestion& question) {
  const auto time = [](const std::optional<Instant>& at) {
    return at ? std::to_string(milliseconds_of(*at)) : std::string("-");
  };
  return question.site + '\n' + time(question.from) + '\n' + time(question.to) + '\n' + question.key;
}

}  // namespace

Result<CounterNumbers> CounterReader::read(const std::string& site, const std::string& key, std::optional<Instant> from,
                                           std::optional<Instant> to) {
  const auto reading = collector_.counter(site, key);
  const bool of_a_time = from || to;
  if (!reading && !of_a_time) {
    return Error{ErrorCode::not_found, "there is no counter of this key yet", "key"};
  }
  // All that was appended when the number was read, and no less, is to be among what the store counts.
  const Position next = journal_.next();
  if (next > 0) {
    if (const auto durable = journal_.wait_until_durable(next - 1, fresh_wait_max); !durable) return durable.error();
    if (const auto stored = processor_.wait_until_stored(next, fresh_wait_max); !stored) return stored.error();
  }
  const auto counts = counted({site, key, key == total_key, from, to});
  if (!counts) return counts.error();
  const std::uint64_t value = of_a_time ? counts->pageviews + counts->increments : reading->value;
  return CounterNumbers{value, counts->visitors, next};
}

Result<CounterCounts> CounterReader::counted(const CounterQuestion& question) {
  // Asked before the store: what it commits meanwhile makes the answer newer than it says.
  const Position committed = processor_.health().committed;
  const std::string name = text_of(question);
  const auto kept = cache_.with([&](Cache& cache) -> std::optional<CounterCounts> {
    const auto found = cache.answers.find(name);
    if (found == cache.answers.end() || found->second.committed != committed) return std::nullopt;
    return found->second.counts;
  });
  if (kept) return *kept;
  auto counts = reader_.counted(question);
  if (!counts) return counts;
  cache_.with([&](Cache& cache) {
    if (const auto old = cache.answers.find(name); old != cache.answers.end()) {
      cache.by_age.erase(old->second.age);
      cache.answers.erase(old);
    }
    if (cache.by_age.size() >= answers_kept_max) {
      cache.answers.erase(cache.by_age.front());
      cache.by_age.pop_front();
    }
    cache.by_age.push_back(name);
    cache.answers.emplace(name, Kept{committed, *counts, std::prev(cache.by_age.end())});
  });
  return counts;
}

}  // namespace footfall
