// The one way into the journal: every dialect hands its checked hits here.
//
// What is counted in memory and what is appended to the journal change together under one lock, so that a counter's
// answers are in the order of the journal and a restart finds the same numbers. Nothing here waits for the disk: the
// caller answers once the journal is durable beyond the position given back (Response::after).
// Any thread. Costs about a microsecond a hit.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "app/counters.h"
#include "app/retry_window.h"
#include "base/guarded.h"
#include "base/result.h"
#include "domain/record.h"
#include "ports/clock.h"
#include "ports/journal.h"

namespace footfall {

// What a hit came to. `time` and `position` make its id, unless the caller gave one.
struct Recorded {
  Position position = 0;
  Instant time;
  bool repeated = false;  // the id was recorded before, within the retry window
};

struct Incremented {
  Position position = 0;
  std::uint64_t value = 0;
};

// A number and the newest position it includes: it may be shown once the journal is durable beyond that. Nothing: the
// journal is empty.
struct CounterReading {
  std::uint64_t value = 0;
  std::optional<Position> includes;
};

class Collector {
 public:
  // Takes the totals of the store and reads the journal from there on, and far enough back for the retry window.
  // Error: failed (the journal cannot be read).
  static Result<std::unique_ptr<Collector>> restore(Journal& journal, const Clock& clock, const SipKey& key,
                                                    const CounterTotals& totals);

  //   errors  unavailable  the journal has no room: nothing was recorded, try again later
  //           failed       the journal has stopped
  Result<Recorded> record(const Hit& hit);
  // All or none of them; hits whose id is a repetition are left out of the journal.
  Result<std::vector<Recorded>> record(std::span<const Hit> hits);
  Result<Position> record(const Engagement& engagement);
  // A block of imported log lines: hits and mark become durable together.
  Result<Position> record_block(std::span<const Hit> hits, const ImportMark& mark);

  //   errors  also those of Counters::check_increment
  Result<Incremented> increment(Increment increment);

  // Nothing: no such counter.
  std::optional<CounterReading> counter(std::string_view site, std::string_view key);
  std::vector<CounterValue> counters(std::string_view site, std::optional<Position>& includes);

  struct Counts {
    std::uint64_t accepted = 0;
    std::uint64_t repeated = 0;
    std::uint64_t refused_for_room = 0;
    std::uint64_t counters = 0;
  };
  [[nodiscard]] Counts counts() const;

 private:
  struct State {
    explicit State(const SipKey& key) : counters(key), retries(key) {}
    Counters counters;
    RetryWindow retries;
    Counts counts;
  };
  struct Private {};

 public:
  Collector(Private, Journal& journal, const Clock& clock, const SipKey& key)
      : journal_(journal), clock_(clock), state_(std::make_unique<State>(key)) {}

 private:
  static void remember(State& state, Position position, const Record& record, Instant recorded);
  [[nodiscard]] std::optional<Position> newest() const;
  Result<Position> append(State& state, std::span<const std::string_view> records);

  Journal& journal_;
  const Clock& clock_;
  Guarded<std::unique_ptr<State>> state_;
};

}  // namespace footfall
