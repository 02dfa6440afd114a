#include "app/collector.h"

#include <algorithm>
#include <string>

#include "domain/limits.h"

namespace footfall {
namespace {

// How many records a read takes at a time while the counters are brought up to date.
constexpr std::size_t replay_records = 10'000;
// A disk that takes longer for one commit is as good as gone.
constexpr std::chrono::seconds part_patience{30};

}  // namespace

Result<std::unique_ptr<Collector>> Collector::restore(Journal& journal, const Clock& clock, const SipKey& key,
                                                      const CounterTotals& totals, const CounterMemory& memory,
                                                      Hmac hmac) {
  auto collector = std::make_unique<Collector>(Private{}, journal, clock, key, std::move(hmac));
  const auto restored = collector->state_.with([&](std::unique_ptr<State>& state) -> Result<Done> {
    state->counters.load(totals);
    if (const auto loaded = load(*state, memory); !loaded) return loaded.error();
    for (const DroppedDay& day : totals.dropped) {
      DroppedDay& newest = day_of_dropped(*state, day.site, day.day);
      if (newest.day == day.day) newest.hits += day.hits;
    }
    const Position next = journal.next();
    const Position back = next > retry_ids_max ? next - retry_ids_max : 0;
    const auto reader = journal.read_from(std::min(back, totals.position));
    const Instant window_begins = clock.now() - retry_window;
    while (true) {
      const auto records = reader->read(replay_records);
      if (!records) return records.error();
      if (records->empty()) return Done{};
      for (const JournalRecord& entry : *records) {
        const bool counts = entry.position >= totals.position;
        const bool recent = entry.appended >= window_begins;
        if (!counts && !recent) continue;
        const auto record = decode(entry.bytes);
        if (!record) continue;  // the processor reports it
        if (counts) {
          count(*state, *record);
          if (const auto* dropped = std::get_if<Dropped>(&*record)) {
            DroppedDay& day = day_of_dropped(*state, dropped->hit.site, day_of(entry.appended));
            if (day.day == day_of(entry.appended)) ++day.hits;
          }
        }
        if (recent) remember(*state, entry.position, *record, entry.appended);
      }
    }
  });
  if (!restored) return restored.error();
  return collector;
}

Result<Position> Collector::append(State& state, std::span<const std::string_view> records) {
  auto position = journal_.append(records);
  if (!position && position.error().code == ErrorCode::unavailable) ++state.counts.refused_for_room;
  return position;
}

// What is remembered of the same message, if it came before.
std::optional<RetryWindow::Remembered> Collector::before_of(const State& state, const Hit& hit, Instant now) {
  if (known_by(hit).empty()) return std::nullopt;
  const auto before = state.retries.find(hit.site, known_by(hit), now);
  if (before && !hit.id.empty() && !is_of_the_same_view(state, before->value, hit)) return std::nullopt;
  return before;
}

// What the same message came to when it came before.
std::optional<Recorded> Collector::recorded_before(State& state, const Hit& hit, Instant now) {
  const auto before = before_of(state, hit, now);
  if (!before) return std::nullopt;
  ++state.counts.repeated;
  return Recorded{before->position, before->time, true};
}

Result<Recorded> Collector::record_new(State& state, const Hit& hit, Instant now, IdProof proof) {
  thread_local std::string bytes;
  bytes.clear();
  encode(hit, bytes);
  const std::string_view record(bytes);
  const auto position = append(state, std::span(&record, 1));
  if (!position) return position.error();
  if (hit.is_pageview()) state.counters.count_pageview(hit.site, hit.path);
  if (!known_by(hit).empty()) {
    state.retries.remember(hit.site, known_by(hit), {*position, hit.time, word_of(state, hit, proof)}, now);
  }
  if (hit.source == Source::edge && hit.is_pageview()) state.views.add(hit, *position, now);
  ++state.counts.accepted;
  return Recorded{*position, hit.time, false};
}

Result<Recorded> Collector::record(const Hit& hit) {
  return state_.with([&](std::unique_ptr<State>& state) -> Result<Recorded> {
    const Instant now = clock_.now();
    if (const auto before = recorded_before(*state, hit, now)) return *before;
    return record_new(*state, hit, now);
  });
}

Result<std::vector<Recorded>> Collector::record(std::span<const Hit> hits) {
  std::vector<std::string> encoded(hits.size());
  for (std::size_t i = 0; i < hits.size(); ++i) encode(hits[i], encoded[i]);
  return state_.with([&](std::unique_ptr<State>& state) -> Result<std::vector<Recorded>> {
    const Instant now = clock_.now();
    std::vector<Recorded> recorded(hits.size());
    std::vector<std::string_view> records;
    std::vector<std::size_t> hit_of;                                 // the hit that each record is
    std::vector<std::optional<std::size_t>> record_of(hits.size());  // the record that each hit is, or repeats
    for (std::size_t i = 0; i < hits.size(); ++i) {
      const Hit& hit = hits[i];
      if (!known_by(hit).empty()) {
        if (const auto before = before_of(*state, hit, now)) {
          recorded[i] = {before->position, before->time, true};
          continue;
        }
        const auto twin = std::find_if(hit_of.begin(), hit_of.end(), [&](std::size_t other) {
          return known_by(hits[other]) == known_by(hit) && hits[other].site == hit.site;
        });
        if (twin != hit_of.end()) {
          recorded[i] = {0, hits[*twin].time, true};
          record_of[i] = static_cast<std::size_t>(twin - hit_of.begin());
          continue;
        }
      }
      recorded[i] = {0, hit.time, false};
      record_of[i] = records.size();
      hit_of.push_back(i);
      records.emplace_back(encoded[i]);
    }
    Position first = 0;
    if (!records.empty()) {
      const auto appended = append(*state, records);
      if (!appended) return appended.error();
      first = *appended;
    }
    for (std::size_t i = 0; i < hits.size(); ++i) {
      if (record_of[i]) recorded[i].position = first + *record_of[i];
      ++(recorded[i].repeated ? state->counts.repeated : state->counts.accepted);
    }
    for (const std::size_t i : hit_of) {
      if (hits[i].is_pageview()) state->counters.count_pageview(hits[i].site, hits[i].path);
      if (!known_by(hits[i]).empty()) {
        state->retries.remember(hits[i].site, known_by(hits[i]),
                                {recorded[i].position, hits[i].time, word_of(*state, hits[i])}, now);
      }
    }
    return recorded;
  });
}

Result<Recorded> Collector::record(const Engagement& engagement) {
  thread_local std::string bytes;
  bytes.clear();
  encode(engagement, bytes);
  return state_.with([&](std::unique_ptr<State>& state) -> Result<Recorded> {
    const Instant now = clock_.now();
    if (!engagement.beacon.empty()) {
      if (const auto before = state->retries.find(engagement.site, engagement.beacon, now)) {
        ++state->counts.repeated;
        return Recorded{before->position, before->time, true};
      }
    }
    const std::string_view record(bytes);
    const auto position = append(*state, std::span(&record, 1));
    if (!position) return position.error();
    if (!engagement.beacon.empty()) {
      state->retries.remember(engagement.site, engagement.beacon, {*position, engagement.time, 0}, now);
    }
    ++state->counts.accepted;
    return Recorded{*position, engagement.time, false};
  });
}

Result<Position> Collector::record_block(std::span<const Hit> hits, const ImportMark& mark) {
  std::string bytes;
  std::vector<std::size_t> ends;
  ends.reserve(hits.size() + 1);
  for (const Hit& hit : hits) {
    encode(hit, bytes);
    ends.push_back(bytes.size());
  }
  encode(mark, bytes);
  ends.push_back(bytes.size());
  std::vector<std::string_view> records;
  records.reserve(ends.size());
  for (std::size_t i = 0, begin = 0; i < ends.size(); begin = ends[i], ++i) {
    records.push_back(std::string_view(bytes).substr(begin, ends[i] - begin));
  }
  return state_.with([&](std::unique_ptr<State>& state) -> Result<Position> {
    const auto first = append(*state, records);
    if (!first) return first.error();
    for (const Hit& hit : hits) {
      if (hit.is_pageview()) state->counters.count_pageview(hit.site, hit.path);
    }
    state->counts.accepted += hits.size();
    return *first + records.size() - 1;
  });
}

Result<Position> Collector::record(std::span<const Erasure> erasures) {
  std::vector<std::string> encoded(erasures.size());
  std::vector<std::string_view> records;
  for (std::size_t i = 0; i < erasures.size(); ++i) {
    encode(erasures[i], encoded[i]);
    records.emplace_back(encoded[i]);
  }
  return state_.with([&](std::unique_ptr<State>& state) { return append(*state, records); });
}

Result<Collector::Parted> Collector::part() {
  std::vector<std::pair<RetryWindow::Id, RetryWindow::Entry>> remembered;
  Parted parted;
  const auto begun = state_.with([&](std::unique_ptr<State>& state) -> Result<Done> {
    const Instant now = clock_.now();
    parted.position = journal_.part();
    std::string bytes;
    encode(Parting{now}, bytes);
    const std::string_view record(bytes);
    const auto position = append(*state, std::span(&record, 1));
    if (!position) return position.error();
    FOOTFALL_ASSERT(*position == parted.position);  // everybody appends under this lock
    parted.newest = *position;
    remembered = state->retries.all(now);
    return Done{};
  });
  if (!begun) return begun.error();
  // Beside all that is recorded meanwhile, which is behind the parting itself.
  for (std::size_t at = 0; at < remembered.size(); at += replay_records) {
    std::vector<std::string> encoded;
    for (std::size_t i = at; i < std::min(remembered.size(), at + replay_records); ++i) {
      const auto& [id, entry] = remembered[i];
      encode(Remembered{{id.data(), id.size()}, entry.what.position, entry.what.time, entry.what.value, entry.recorded},
             encoded.emplace_back());
    }
    const std::vector<std::string_view> records(encoded.begin(), encoded.end());
    const auto position = journal_.append(records);
    if (!position) return position.error();
    parted.newest = *position + records.size() - 1;
    // The queue is for those who record.
    if (auto durable = journal_.wait_until_durable(parted.newest, part_patience); !durable) return durable.error();
  }
  return parted;
}

// All that was appended so far: a number may include any of it.
std::optional<Position> Collector::newest() const {
  const Position next = journal_.next();
  return next == 0 ? std::nullopt : std::optional(next - 1);
}

std::optional<CounterReading> Collector::counter(std::string_view site, std::string_view key) {
  return state_.with([&](std::unique_ptr<State>& state) -> std::optional<CounterReading> {
    const auto value = state->counters.value(site, key);
    if (!value) return std::nullopt;
    return CounterReading{*value, newest()};
  });
}

std::vector<CounterValue> Collector::counters(std::string_view site, std::optional<Position>& includes) {
  return state_.with([&](std::unique_ptr<State>& state) {
    includes = newest();
    return state->counters.all(site);
  });
}

Collector::Counts Collector::counts() const {
  return state_.with([](const std::unique_ptr<State>& state) {
    Counts counts = state->counts;
    counts.counters = state->counters.size();
    return counts;
  });
}

}  // namespace footfall
