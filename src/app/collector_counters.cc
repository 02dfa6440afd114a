// What the collector does for counters: numbers, settings, wins and claims.
#include <algorithm>

#include "app/collector.h"
#include "app/counter_settings.h"
#include "domain/limits.h"

namespace footfall {
namespace {

std::string increment_scope(std::string_view site, std::string_view key) {
  std::string scope(site);
  scope.push_back('\t');
  scope.append(key);
  return scope;
}

std::string claim_scope(std::string_view site, std::string_view key) { return increment_scope(site, key) + "\tclaim"; }

}  // namespace

// --- Restoring ---

Result<Done> Collector::load(State& state, const CounterMemory& memory) {
  for (const CounterMemory::Settings& kept : memory.settings) {
    const auto settings = settings_of(kept.settings);
    if (!settings) return settings.error();
    apply(state, kept.site, kept.key, *settings);
  }
  for (const CounterMemory::Win& win : memory.wins) {
    state.ledger.add_win(win.site, win.key, {win.number, win.rule, win.time, win.session});
  }
  for (const CounterMemory::Claimed& claimed : memory.claims) {
    state.ledger.add_claim(claimed.site, claimed.key, claimed.number, {claimed.time, claimed.from_pool, claimed.prize});
  }
  for (const CounterMemory::Once& once : memory.once) {
    state.once.remember(once.site, once.key, once.who, {once.value, once.time}, once.time);
  }
  return Done{};
}

void Collector::count(State& state, const Record& record) {
  if (const auto* hit = std::get_if<Hit>(&record); hit != nullptr && hit->is_pageview()) {
    state.counters.count_pageview(hit->site, hit->path);
  } else if (const auto* readmitted = std::get_if<Readmitted>(&record)) {
    if (readmitted->hit.is_pageview()) state.counters.count_pageview(readmitted->hit.site, readmitted->hit.path);
  } else if (const auto* increment = std::get_if<Increment>(&record)) {
    apply(state, *increment);
  } else if (const auto* change = std::get_if<CounterChange>(&record)) {
    const auto settings = settings_of(change->settings);
    if (settings) apply(state, change->site, change->key, *settings);
  } else if (const auto* claim = std::get_if<Claim>(&record)) {
    state.ledger.add_claim(claim->site, claim->key, claim->number,
                           {claim->time, claim->from_pool, std::string(claim->prize)});
  }
}

void Collector::apply(State& state, const Increment& increment) {
  state.counters.increment(increment.site, increment.key, increment.by);
  if (increment.who != 0) {
    state.once.remember(increment.site, increment.key, increment.who, {increment.value, increment.time},
                        increment.time);
  }
  if (increment.won_by != 0) {
    state.ledger.add_win(increment.site, increment.key,
                         {increment.value, increment.won_by, increment.time, std::string(increment.session)});
  }
}

void Collector::apply(State& state, std::string_view site, std::string_view key, const CounterSettings& settings) {
  const auto* entry = state.ledger.find(site, key);
  state.counters.begin_later(site, key, settings.initial - (entry == nullptr ? 0 : entry->settings.initial));
  state.ledger.set(site, key, settings);
}

// Keeps what a repetition must be recognised by.
void Collector::remember(State& state, Position position, const Record& record, Instant recorded) {
  if (const auto* hit = std::get_if<Hit>(&record)) {
    if (!known_by(*hit).empty()) {
      state.retries.remember(hit->site, known_by(*hit), {position, hit->time, word_of(state, *hit)}, recorded);
    }
    if (hit->source == Source::edge && hit->is_pageview()) state.views.add(*hit, position, recorded);
  } else if (const auto* engagement = std::get_if<Engagement>(&record)) {
    if (!engagement->beacon.empty()) {
      state.retries.remember(engagement->site, engagement->beacon, {position, engagement->time, 0}, recorded);
    }
  } else if (const auto* completion = std::get_if<Completion>(&record)) {
    remember_completion(state, position, *completion, 0, recorded);
  } else if (const auto* increment = std::get_if<Increment>(&record);
             increment != nullptr && !increment->idempotency_key.empty()) {
    state.retries.remember(increment_scope(increment->site, increment->key), increment->idempotency_key,
                           {position, increment->time, increment->value}, recorded);
  } else if (const auto* claim = std::get_if<Claim>(&record); claim != nullptr && !claim->idempotency_key.empty()) {
    state.retries.remember(claim_scope(claim->site, claim->key), claim->idempotency_key,
                           {position, claim->time, claim->number}, recorded);
  } else if (const auto* said_again = std::get_if<Remembered>(&record)) {
    RetryWindow::Id id{};
    std::copy(said_again->id.begin(), said_again->id.end(), id.begin());
    state.retries.remember(id, {{said_again->position, said_again->time, said_again->value}, said_again->recorded});
  }
}

// --- Counting ---

OncePer Collector::once_per(std::string_view site, std::string_view key) {
  return state_.with([&](std::unique_ptr<State>& state) {
    const auto* entry = state->ledger.find(site, key);
    return entry == nullptr ? OncePer::request : entry->settings.once_per;
  });
}

Result<Incremented> Collector::increment(Increment increment, IfUnknown if_unknown) {
  return state_.with([&](std::unique_ptr<State>& state) -> Result<Incremented> {
    const bool retried = !increment.idempotency_key.empty();
    const std::string scope = retried ? increment_scope(increment.site, increment.key) : std::string();
    const Instant now = clock_.now();
    if (retried) {
      if (const auto before = state->retries.find(scope, increment.idempotency_key, now)) {
        ++state->counts.repeated;
        return Incremented{before->position, before->value, before->time, true};
      }
    }
    if (increment.who != 0) {
      if (const auto before = state->once.find(increment.site, increment.key, increment.who, now)) {
        ++state->counts.repeated;
        // It was counted, so there is a newest record.
        return Incremented{newest().value_or(0), before->value, before->time, false};
      }
    }
    if (if_unknown == IfUnknown::refuse && !state->counters.value(increment.site, increment.key)) {
      return Error{ErrorCode::not_found, "there is no counter of this key yet", "key"};
    }
    const auto value = state->counters.check_increment(increment.site, increment.key, increment.by);
    if (!value) return value.error();
    increment.value = *value;
    if (const auto* entry = state->ledger.find(increment.site, increment.key)) {
      const auto* rule = winning_rule(entry->settings, increment.site, increment.key, *value, hmac_);
      increment.won_by = rule == nullptr ? 0 : rule->id;
    }
    thread_local std::string bytes;
    bytes.clear();
    encode(increment, bytes);
    const std::string_view record(bytes);
    const auto position = append(*state, std::span(&record, 1));
    if (!position) return position.error();
    apply(*state, increment);
    if (retried) {
      state->retries.remember(scope, increment.idempotency_key, {*position, increment.time, *value}, now);
    }
    ++state->counts.accepted;
    return Incremented{*position, *value, increment.time, true};
  });
}

// --- Settings ---

Result<CounterRecords> Collector::change(std::string_view site, std::string_view key, const Change& change) {
  return state_.with([&](std::unique_ptr<State>& state) -> Result<CounterRecords> {
    static const CounterLedger::Entry nothing{};
    const auto* entry = state->ledger.find(site, key);
    const CounterLedger::Entry& before = entry == nullptr ? nothing : *entry;
    const auto value = state->counters.value(site, key);
    const auto after = change({before.settings, value, before.pool_taken});
    if (!after) return after.error();
    if (value && *after == before.settings) return CounterRecords{*value, before, newest()};
    FOOTFALL_ASSERT(after->initial >= before.settings.initial);
    if (auto may = state->counters.check_begin(site, key, after->initial - before.settings.initial); !may) {
      return Error{may.error().code, may.error().what, may.error().field == "by" ? "initial" : may.error().field};
    }
    const std::string text = settings_text(*after);
    std::string bytes;
    encode(CounterChange{clock_.now(), site, key, text}, bytes);
    const std::string_view record(bytes);
    const auto position = append(*state, std::span(&record, 1));
    if (!position) return position.error();
    apply(*state, site, key, *after);
    return CounterRecords{state->counters.value(site, key).value_or(0), *state->ledger.find(site, key), *position};
  });
}

std::optional<CounterRecords> Collector::records(std::string_view site, std::string_view key) {
  return state_.with([&](std::unique_ptr<State>& state) -> std::optional<CounterRecords> {
    const auto* entry = state->ledger.find(site, key);
    if (entry == nullptr) return std::nullopt;
    return CounterRecords{state->counters.value(site, key).value_or(0), *entry, newest()};
  });
}

// --- Winners ---

WinnerReading Collector::reading_of(const CounterLedger::Entry& entry, std::string_view site, std::string_view key,
                                    std::uint64_t number) const {
  WinnerReading reading;
  reading.number = number;
  if (const auto* rule = winning_rule(entry.settings, site, key, number, hmac_)) reading.rule = rule->kind;
  reading.claimed = entry.claims.contains(number);
  reading.includes = newest();
  return reading;
}

WinnerReading Collector::winner(std::string_view site, std::string_view key, std::optional<std::uint64_t> number,
                                std::string_view session) {
  return state_.with([&](std::unique_ptr<State>& state) {
    WinnerReading nothing;
    nothing.number = number;
    nothing.includes = newest();
    const auto* entry = state->ledger.find(site, key);
    if (entry == nullptr) return nothing;
    if (number) return reading_of(*entry, site, key, *number);
    if (session.empty()) return nothing;
    const Win* found = nullptr;
    for (const Win& win : entry->wins) {
      if (win.session != session) continue;
      const bool better =
          found == nullptr || !entry->claims.contains(win.number) || entry->claims.contains(found->number);
      if (better) found = &win;
    }
    return found == nullptr ? nothing : reading_of(*entry, site, key, found->number);
  });
}

Result<Claimed> Collector::claim(Claim claim) {
  return state_.with([&](std::unique_ptr<State>& state) -> Result<Claimed> {
    const bool retried = !claim.idempotency_key.empty();
    const std::string scope = retried ? claim_scope(claim.site, claim.key) : std::string();
    const Instant now = clock_.now();
    const auto* entry = state->ledger.find(claim.site, claim.key);
    if (entry == nullptr || winning_rule(entry->settings, claim.site, claim.key, claim.number, hmac_) == nullptr) {
      return Error{ErrorCode::not_found, "this number does not win", "receipt"};
    }
    if (const auto before = entry->claims.find(claim.number); before != entry->claims.end()) {
      const auto first = retried ? state->retries.find(scope, claim.idempotency_key, now) : std::nullopt;
      if (first && first->value == claim.number) {
        return Claimed{first->position, claim.number, before->second.prize};
      }
      return Error{ErrorCode::exists, "the surprise of this number has been handed out", "receipt"};
    }
    if (entry->claims.size() >= claims_per_counter_max) {
      return Error{ErrorCode::too_many, "this counter has handed out as many surprises as it may", "key"};
    }
    const auto next = entry->next_prize();
    const std::string prize(next.prize);
    claim.from_pool = next.from_pool;
    claim.prize = prize;
    std::string bytes;
    encode(claim, bytes);
    const std::string_view record(bytes);
    const auto position = append(*state, std::span(&record, 1));
    if (!position) return position.error();
    state->ledger.add_claim(claim.site, claim.key, claim.number, {claim.time, claim.from_pool, prize});
    if (retried) state->retries.remember(scope, claim.idempotency_key, {*position, claim.time, claim.number}, now);
    ++state->counts.claims;
    return Claimed{*position, claim.number, prize};
  });
}

}  // namespace footfall
