// The one way into the journal: every dialect hands its checked hits here.
//
// What is counted in memory and what is appended to the journal change together under one lock, so that a counter's
// answers are in the order of the journal and a restart finds the same numbers. Nothing here waits for the disk: the
// caller answers once the journal is durable beyond the position given back (Response::after).
// Any thread. Costs about a microsecond a hit.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/counter_ledger.h"
#include "app/counters.h"
#include "app/edge_views.h"
#include "app/once_window.h"
#include "app/recorder.h"
#include "app/retry_window.h"
#include "base/guarded.h"
#include "base/result.h"
#include "domain/counter_rules.h"
#include "domain/record.h"
#include "ports/clock.h"
#include "ports/journal.h"

namespace footfall {

struct Incremented {
  Position position = 0;  // the newest that the answer includes
  std::uint64_t value = 0;
  Instant time;         // when the number was given
  bool counted = true;  // false: whoever it was had counted before, and this is the number of that time
};

// A surprise, handed out to a number.
struct Claimed {
  Position position = 0;
  std::uint64_t number = 0;
  std::string prize;  // a JSON object, or empty: there is none
};

// Whether a number, or a session, has won.
struct WinnerReading {
  std::optional<std::uint64_t> number;   // none: nothing is known of the session
  std::optional<WinnerRule::Kind> rule;  // by which it wins; none: it does not
  bool claimed = false;
  std::optional<Position> includes;
};

// All that is known of a counter with settings; a copy.
struct CounterRecords {
  std::uint64_t value = 0;
  CounterLedger::Entry entry;
  std::optional<Position> includes;
};

// A number and the newest position it includes: it may be shown once the journal is durable beyond that. Nothing: the
// journal is empty.
struct CounterReading {
  std::uint64_t value = 0;
  std::optional<Position> includes;
};

class Collector final : public Recorder {
 public:
  // Takes the totals of the store and reads the journal from there on, and far enough back for the retry window.
  // Error: failed (the journal cannot be read).
  //   hmac  decides on the numbers of counters with a draw
  static Result<std::unique_ptr<Collector>> restore(Journal& journal, const Clock& clock, const SipKey& key,
                                                    const CounterTotals& totals, const CounterMemory& memory = {},
                                                    Hmac hmac = {});

  //   errors  unavailable  the journal has no room: nothing was recorded, try again later
  //           failed       the journal has stopped
  Result<Recorded> record(const Hit& hit) override;
  // All or none of them; hits whose id or beacon is a repetition are left out of the journal.
  Result<std::vector<Recorded>> record(std::span<const Hit> hits) override;
  Result<Recorded> record_view(const Hit& view, std::optional<Position> edge_hit) override;
  Result<Recorded> record_told_view(const Hit& view, IdProof proof) override;
  Result<Recorded> record(const Engagement& engagement) override;
  [[nodiscard]] bool may_have(Position position) const override { return position < journal_.next(); }
  // A block of imported log lines: hits and mark become durable together.
  Result<Position> record_block(std::span<const Hit> hits, const ImportMark& mark);

  // --- Counters (collector_counters.cc) ---

  // `increment` has no value yet, nor what it won by.
  //   errors  not_found  there is no such counter, and none is to be begun; also those of Counters::check_increment
  enum class IfUnknown : std::uint8_t { begin, refuse };
  Result<Incremented> increment(Increment increment, IfUnknown if_unknown = IfUnknown::begin);
  // Who may count how often.
  OncePer once_per(std::string_view site, std::string_view key);

  // Gives the counter the settings that `change` makes of what it is: nobody counts in between. It begins, if need be.
  // Where nothing is different, nothing is recorded.
  //   errors  also those of `change`, and of Counters::check_begin
  using Change = std::function<Result<CounterSettings>(const CounterState& now)>;
  Result<CounterRecords> change(std::string_view site, std::string_view key, const Change& change);
  // Nothing: the counter has no settings.
  std::optional<CounterRecords> records(std::string_view site, std::string_view key);

  // By number, or else by what is known of the (hashed) session: its newest win, those not claimed first.
  WinnerReading winner(std::string_view site, std::string_view key, std::optional<std::uint64_t> number,
                       std::string_view session);
  // Hands out the surprise of a number, once.
  //   errors  not_found  the number does not win
  //           exists     its surprise was handed out before
  //           too_many   claims_per_counter_max were
  Result<Claimed> claim(Claim claim);

  // Asks for an erasure of what was recorded before: all of `erasures` or none, one behind another.
  Result<Position> record(std::span<const Erasure> erasures);
  // Parts the journal (Journal::part) and says behind it again what must not be forgotten with what is before it.
  struct Parted {
    Position position = 0;  // where
    Position newest = 0;    // the last record of this; once it is durable, what is before `position` may be dropped
  };
  Result<Parted> part();

  // Nothing: no such counter.
  std::optional<CounterReading> counter(std::string_view site, std::string_view key);
  std::vector<CounterValue> counters(std::string_view site, std::optional<Position>& includes);

  // --- What policy drops (collector_dropped.cc) ---

  void count_dropped(DropReason reason) override;
  // Room is for dropped_per_day_max of a site and day.
  std::optional<Position> drop(const Dropped& dropped) override;
  // The hits count from here on, all or none of them; they make one frame (readmit_at_once). That each is re-admitted
  // once is the caller's to see to (app/readmission.h). Errors: as of `record`.
  Result<Position> readmit(std::span<const Readmitted> readmissions);

  struct Counts {
    std::uint64_t accepted = 0;
    std::uint64_t repeated = 0;
    std::uint64_t completed = 0;  // views of a script that were a hit of the edge
    std::uint64_t refused_for_room = 0;
    std::uint64_t counters = 0;
    std::uint64_t claims = 0;
    std::array<std::uint64_t, drop_reasons> dropped{};  // by DropReason
    std::uint64_t dropped_kept = 0;
    std::uint64_t readmitted = 0;
  };
  [[nodiscard]] Counts counts() const;

 private:
  struct State {
    explicit State(const SipKey& hash_key)
        : key(hash_key), counters(key), retries(key), views(key), once(key), ledger(key) {}
    SipKey key;
    Counters counters;
    RetryWindow retries;
    EdgeViews views;
    OnceWindow once;
    CounterLedger ledger;
    Counts counts;
    std::map<std::string, DroppedDay, std::less<>> dropped_days;  // by site, the newest day of each
  };
  struct Private {};

 public:
  Collector(Private, Journal& journal, const Clock& clock, const SipKey& key, Hmac hmac)
      : journal_(journal), clock_(clock), hmac_(std::move(hmac)), state_(std::make_unique<State>(key)) {}

 private:
  static Result<Done> load(State& state, const CounterMemory& memory);
  // What a record of the journal does to the counters.
  static void count(State& state, const Record& record);
  static void apply(State& state, const Increment& increment);
  static void apply(State& state, std::string_view site, std::string_view key, const CounterSettings& settings);
  static void remember(State& state, Position position, const Record& record, Instant recorded);
  [[nodiscard]] WinnerReading reading_of(const CounterLedger::Entry& entry, std::string_view site, std::string_view key,
                                         std::uint64_t number) const;
  static void remember_completion(State& state, Position position, const Completion& completion, std::uint64_t viewer,
                                  Instant recorded);
  // By what a hit is known when it comes again; empty: by nothing.
  static std::string_view known_by(const Hit& hit) { return hit.id.empty() ? hit.beacon : hit.id; }
  static std::optional<RetryWindow::Remembered> before_of(const State& state, const Hit& hit, Instant now);
  static std::optional<Recorded> recorded_before(State& state, const Hit& hit, Instant now);
  // What is kept of a hit beside its id, in RetryWindow::Remembered::value (collector_views.cc).
  static std::uint64_t word_of(const State& state, const Hit& hit, IdProof proof = IdProof::token);
  static bool is_of_the_same_view(const State& state, std::uint64_t before, const Hit& hit);
  Result<Recorded> record_new(State& state, const Hit& hit, Instant now, IdProof proof = IdProof::token);
  Result<Recorded> complete_once(State& state, const Hit& view, Position of, Instant now);
  Result<Recorded> complete(State& state, const Hit& view, Position of, Instant now);
  [[nodiscard]] std::optional<Position> newest() const;
  Result<Position> append(State& state, std::span<const std::string_view> records);
  static DroppedDay& day_of_dropped(State& state, std::string_view site, Day day);

  Journal& journal_;
  const Clock& clock_;
  const Hmac hmac_;
  Guarded<std::unique_ptr<State>> state_;
};

}  // namespace footfall
