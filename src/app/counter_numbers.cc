#include "app/counter_numbers.h"

#include <algorithm>

#include "base/check.h"
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

// False also for what the clock, set back meanwhile, says is still to come.
bool within(Instant since, Milliseconds time, Instant now) { return now >= since && now - since < time; }

}  // namespace

Result<CounterNumbers> CounterReader::read(const std::string& site, const std::string& key, std::optional<Instant> from,
                                           std::optional<Instant> to, Freshness freshness) {
  const bool of_a_time = from || to;
  if (!of_a_time && !collector_.counter(site, key)) {
    return Error{ErrorCode::not_found, "there is no counter of this key yet", "key"};
  }
  // All that was appended when the question came, and no less, is to be among what the store counts.
  const auto counts = counted({site, key, key == total_key, from, to}, journal_.next(), freshness);
  if (!counts) return counts.error();
  if (of_a_time) return CounterNumbers{counts->pageviews + counts->increments, counts->visitors, {}};
  // Read last: whoever the store has counted is in it.
  const auto reading = collector_.counter(site, key);
  FOOTFALL_ASSERT(reading);
  return CounterNumbers{reading->value, counts->visitors, reading->includes};
}

CounterReader::SharedQuestion CounterReader::question_of(const std::string& name) {
  return cache_.with([&](Cache& cache) {
    if (const auto found = cache.questions.find(name); found != cache.questions.end()) {
      cache.by_use.splice(cache.by_use.end(), cache.by_use, found->second.age);
      return found->second.question;
    }
    if (cache.by_use.size() >= answers_kept_max) {
      cache.questions.erase(cache.by_use.front());
      cache.by_use.pop_front();
    }
    cache.by_use.push_back(name);
    const auto entry =
        cache.questions.emplace(name, Cache::Entry{std::make_shared<Question>(), std::prev(cache.by_use.end())});
    return entry.first->second.question;
  });
}

std::optional<CounterCounts> CounterReader::answered(Question& question, Position next, Freshness freshness,
                                                     Asking asking) const {
  const Instant now = clock_.now();
  return question.kept.with([&](const Kept& kept) -> std::optional<CounterCounts> {
    if (!kept.counts || kept.committed >= next) return kept.counts;
    if (freshness == Freshness::now) return std::nullopt;
    const bool is_spent = kept.spent >= counter_question_share && within(kept.second, counter_answer_age_max, now);
    const bool is_young = asking == Asking::another && within(kept.asked, counter_answer_age_max, now);
    return is_spent || is_young ? kept.counts : std::nullopt;
  });
}

Result<CounterCounts> CounterReader::counted(const CounterQuestion& asked, Position next, Freshness freshness) {
  const SharedQuestion question = question_of(text_of(asked));
  if (auto kept = answered(*question, next, freshness)) return *kept;
  std::unique_lock asking(question->asking, std::try_to_lock);
  if (!asking) {
    // A page that many look at must not hold all the threads that wait.
    if (auto kept = answered(*question, next, freshness, Asking::another)) return *kept;
    asking.lock();
  }
  // Whoever asked before may have got what is needed here, too.
  if (auto kept = answered(*question, next, freshness)) return *kept;
  if (auto waited = wait_for(next, freshness); !waited) return waited.error();
  // Both before the store is asked: what it commits meanwhile makes the answer newer than it says.
  const Position committed = processor_.health().committed;
  const Instant begun = clock_.now();
  auto counts = reader_.counted(asked);
  if (!counts) return counts;
  const Milliseconds took = std::max(Milliseconds(0), clock_.now() - begun);
  question->kept.with([&](Kept& kept) {
    if (!within(kept.second, counter_answer_age_max, begun)) {
      kept.second = begun;
      kept.spent = Milliseconds(0);
    }
    kept.spent += took;
    kept.counts = *counts;
    kept.committed = committed;
    kept.asked = begun;
  });
  return counts;
}

// A store that is away must not hold all threads that could answer something else: while it is known to be behind, one
// question in a second waits for it.
Result<Done> CounterReader::wait_for(Position next, Freshness freshness) {
  if (next == 0 || processor_.health().committed >= next) return Done{};
  const bool is_patient = freshness == Freshness::now;
  const Milliseconds patience = is_patient ? Milliseconds(fresh_wait_max) : counter_wait_max;
  const bool is_behind = !is_patient && behind_.with([&](const std::optional<Instant>& since) {
    return since && within(*since, counter_answer_age_max, clock_.now());
  });
  if (is_behind) return Error{ErrorCode::timed_out, "the store is behind; ask again later"};
  auto done = journal_.wait_until_durable(next - 1, patience);
  if (done) done = processor_.wait_until_stored(next, patience);
  behind_.with([&](std::optional<Instant>& since) { since = done ? std::optional<Instant>() : clock_.now(); });
  return done;
}

}  // namespace footfall
