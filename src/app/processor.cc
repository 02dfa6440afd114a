#include "app/processor.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "domain/limits.h"

namespace footfall {
namespace {

using std::chrono::steady_clock;

// A batch smaller than this waits for company before the next one is read.
constexpr std::size_t small_batch_records = 1'000;
constexpr int reopen_wait_growth_max = 20;
constexpr std::chrono::seconds live_tick_interval{1};

}  // namespace

// What one read of the journal comes to. Views point into the reader's buffer.
struct Processor::Batch {
  Position from = 0;
  Position to = 0;
  std::vector<EnrichedHit> hits;
  std::vector<MatchedEngagement> engagements;
  std::vector<StoredIncrement> increments;
  std::vector<ImportMark> import_marks;
  std::vector<StoredCounterChange> counter_changes;
  std::vector<StoredClaim> claims;
  std::vector<StoredCompletion> completions;
  std::vector<DroppedHit> dropped;
  std::vector<Position> readmitted;
  // They end a batch: what is behind them is read again when they are done.
  std::vector<Erasure> erasures;
  Position erasures_from = 0;
  struct OfSite {
    SessionRules rules;
    KeptAddress address;
  };
  std::map<std::string_view, OfSite> sites;

  const OfSite& settings_of(std::string_view name, const Registry& registry) {
    const auto found = sites.find(name);
    if (found != sites.end()) return found->second;
    const auto site = registry.site(name);
    // What a site wants that is not registered any more is not known: then as little as can be.
    return sites.emplace(name, site ? OfSite{site->rules, site->address} : OfSite{SessionRules{}, KeptAddress::none})
        .first->second;
  }
};

Processor::Processor(Journal& journal, VisitStore& store, Salts& salts, const Registry& registry,
                     const Knowledge& knowledge, LiveFeed& live, const Clock& clock, const SipKey& key, Log log,
                     const ProcessorSettings& settings)
    : journal_(journal),
      store_(store),
      salts_(salts),
      registry_(registry),
      live_(live),
      clock_(clock),
      log_(std::move(log)),
      settings_(settings),
      keeper_(salts.lasting()),
      enricher_(knowledge, key),
      last_checkpoint_(steady_clock::now()) {}

Processor::~Processor() {
  if (thread_.joinable()) static_cast<void>(stop());
}

void Processor::start() {
  subscription_ = journal_.subscribe([this] {
    const std::lock_guard lock(mutex_);
    durable_news_ = true;
    wake_.notify_one();
  });
  running_ = true;
  thread_ = std::thread([this] {
    loop();
    end_jobs();
  });
}

Result<Done> Processor::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) {
    thread_.join();
    journal_.unsubscribe(subscription_);
  }
  while (true) {
    const auto more = run_once();
    if (!more) return more.error();
    if (!*more) break;
  }
  return checkpoint();
}

// Waits for `time`, less when stopping. False: stopping.
bool Processor::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, time, [&] { return stopping_; });
  return !stopping_;
}

void Processor::loop() {
  auto last_tick = steady_clock::now();
  auto reopen_wait = settings_.reopen_wait;
  while (true) {
    if (const auto now = steady_clock::now(); now - last_tick >= live_tick_interval) {
      last_tick = now;
      live_.tick();
    }
    const auto begun = steady_clock::now();
    const Position before = health().committed;
    run_jobs();
    const auto stored = run_once();
    if (!stored) {
      log_("processor: " + stored.error().what + "; trying again in " + std::to_string(reopen_wait.count()) + " ms");
      if (!pause(reopen_wait)) return;
      reopen_wait = std::min(reopen_wait * 2, settings_.reopen_wait * reopen_wait_growth_max);
      continue;
    }
    reopen_wait = settings_.reopen_wait;
    let_go_if_due();
    const bool small = health().committed - before < small_batch_records;
    const bool log_is_long = store_.health().log_bytes >= settings_.checkpoint_log_bytes;
    const bool checkpoint_is_due = steady_clock::now() - last_checkpoint_ >= settings_.checkpoint_interval;
    if (log_is_long || checkpoint_is_due) {
      if (const auto done = checkpoint(); !done) log_("checkpoint: " + done.error().what);
    }
    std::unique_lock lock(mutex_);
    if (stopping_) return;
    if (*stored && small) {
      // Many small transactions bloat the store's log: hits that come one by one share a transaction.
      wake_.wait_until(lock, begun + settings_.batch_wait, [&] { return stopping_ || hurried_; });
    }
    if (!*stored) wake_.wait_for(lock, live_tick_interval, [&] { return stopping_ || durable_news_; });
    durable_news_ = false;
    hurried_ = false;
    if (stopping_) return;
  }
}

Result<Done> Processor::begin_at_offset() {
  auto offset = store_.offset();
  if (!offset) {
    // The store could not be opened after the last fault: it is tried again until it can.
    if (auto reopened = store_.reopen(); !reopened) return reopened;
    offset = store_.offset();
    if (!offset) return offset.error();
  }
  const Instant now = clock_.now();
  // Hits come late (a client's own time, a journal that waited): sessions of twice their longest are taken up.
  Milliseconds longest = session_max_default;
  const std::shared_ptr<const Registered> registered = registry_.now();
  for (const auto& [name, site] : registered->sites) longest = std::max(longest, site.rules.max);
  const auto state = store_.processor_state(day_of(now) - std::chrono::days(1), now - longest * 2);
  if (!state) return state.error();
  tracker_ = std::make_unique<VisitTracker>(salts_, *state);
  {
    const std::lock_guard lock(mutex_);
    erased_below_ = state->erased;
  }
  reader_ = journal_.read_from(*offset);
  publish_progress(*offset);
  return Done{};
}

Result<bool> Processor::run_once() {
  if (!tracker_) {
    if (const auto begun = begin_at_offset(); !begun) return begun.error();
  }
  Batch batch;
  batch.from = health().committed;
  const auto records = reader_->read(settings_.batch_records);
  if (!records) return records.error();
  if (records->empty()) return false;
  batch.to = reader_->position();
  for (const JournalRecord& entry : *records) {
    const auto record = decode(entry.bytes);
    const auto* erasure = record ? std::get_if<Erasure>(&*record) : nullptr;
    if (!batch.erasures.empty() && (erasure == nullptr || !batch.erasures.back().more)) {
      batch.to = entry.position;
      break;
    }
    if (erasure != nullptr) {
      if (batch.erasures.empty()) batch.erasures_from = entry.position;
      batch.erasures.push_back(*erasure);
    } else if (record) {
      interpret(batch, entry, *record);
    } else {
      log_("processor: record " + std::to_string(entry.position) + " is left out: " + record.error().what);
      const std::lock_guard lock(mutex_);
      ++health_.damaged_records;
    }
  }
  if (const auto stored = store(batch); !stored) {
    // The batch is read again, by a tracker that knows what the store knows.
    tracker_.reset();
    return stored.error();
  }
  tracker_->batch_stored();
  live_.publish(batch.hits);
  enricher_.batch_stored();
  {
    const std::lock_guard lock(mutex_);
    ++health_.batches;
    health_.hits += batch.hits.size();
  }
  publish_progress(batch.erasures.empty() ? batch.to : batch.erasures_from);
  if (!batch.erasures.empty()) {
    // Who was erased is a stranger from here on, and what stands behind is read again.
    const auto erased = erase(batch.erasures, batch.erasures_from, batch.to);
    tracker_.reset();
    if (!erased) return erased.error();
    publish_progress(batch.to);
  }
  return true;
}

// From here on there is no more of the address than the site keeps.
void Processor::enrich(Batch& batch, EnrichedHit& hit) {
  enricher_.enrich(hit);
  hit.address = keeper_.keep(hit.hit.ip, batch.settings_of(hit.hit.site, registry_).address);
  hit.hit.ip = Address();
}

void Processor::add_hit(Batch& batch, const Hit& hit, Position position, const StoredAddress& hashed) {
  const Batch::OfSite& settings = batch.settings_of(hit.site, registry_);
  EnrichedHit& enriched = batch.hits.emplace_back();
  enriched.position = position;
  enriched.hit = hit;
  // Where only a hash was kept, it tells visitors apart, but no place.
  if (!hashed.is_none()) enriched.hit.ip = Address(hashed.bytes());
  const auto tracked = tracker_->track(enriched.hit, position, settings.rules);
  enriched.visitor = tracked.visitor;
  enriched.session = tracked.session;
  if (!hashed.is_none()) enriched.hit.ip = Address();
  enrich(batch, enriched);
  if (!hashed.is_none() && settings.address != KeptAddress::none) enriched.address = hashed;
}

void Processor::interpret(Batch& batch, const JournalRecord& entry, const Record& record) {
  if (const auto* hit = std::get_if<Hit>(&record)) {
    add_hit(batch, *hit, entry.position);
  } else if (const auto* readmitted = std::get_if<Readmitted>(&record)) {
    add_hit(batch, readmitted->hit, entry.position, readmitted->hashed);
    batch.readmitted.push_back(readmitted->dropped);
  } else if (const auto* dropped = std::get_if<Dropped>(&record)) {
    DroppedHit& kept = batch.dropped.emplace_back();
    kept.hit.position = entry.position;
    kept.hit.hit = dropped->hit;
    kept.reason = dropped->reason;
    kept.rules = dropped->rules;
    enrich(batch, kept.hit);
  } else if (const auto* engagement = std::get_if<Engagement>(&record)) {
    if (const auto completed = tracker_->complete(*engagement)) {
      batch.engagements.push_back(
          {completed->hit, engagement->time, completed->session, engagement->engaged_ms, engagement->scroll_depth});
    } else {
      const std::lock_guard lock(mutex_);
      ++health_.unmatched_engagements;
    }
  } else if (const auto* increment = std::get_if<Increment>(&record)) {
    batch.increments.push_back({entry.position, *increment});
  } else if (const auto* mark = std::get_if<ImportMark>(&record)) {
    batch.import_marks.push_back(*mark);
  } else if (const auto* change = std::get_if<CounterChange>(&record)) {
    batch.counter_changes.push_back({entry.position, *change});
  } else if (const auto* claim = std::get_if<Claim>(&record)) {
    batch.claims.push_back({entry.position, *claim});
  } else if (const auto* completion = std::get_if<Completion>(&record)) {
    complete(batch, *completion);
  }
}

void Processor::complete(Batch& batch, const Completion& completion) {
  {
    const std::lock_guard lock(mutex_);
    ++health_.completions;
  }
  // Most scripts are quick: the hit is often still here.
  const auto hit = std::lower_bound(batch.hits.begin(), batch.hits.end(), completion.hit,
                                    [](const EnrichedHit& one, Position wanted) { return one.position < wanted; });
  if (hit == batch.hits.end() || hit->position != completion.hit) {
    batch.completions.push_back({completion.hit, completion.title, completion.props});
    return;
  }
  if (!completion.title.empty()) hit->hit.title = completion.title;
  if (!completion.props.empty()) hit->hit.props = completion.props;
}

Result<Done> Processor::store(Batch& batch) {
  const Position to = batch.erasures.empty() ? batch.to : batch.erasures_from;
  if (to == batch.from) return Done{};  // an erasure begins the batch
  const std::vector<NewVisitor> visitors = tracker_->new_visitors();
  const std::vector<NewSession> sessions = tracker_->new_sessions();
  std::sort(batch.readmitted.begin(), batch.readmitted.end());
  const StoreBatch stored{batch.from,
                          to,
                          batch.hits,
                          batch.engagements,
                          batch.increments,
                          batch.import_marks,
                          visitors,
                          sessions,
                          batch.counter_changes,
                          batch.claims,
                          batch.completions,
                          batch.dropped,
                          batch.readmitted};
  const auto begun = steady_clock::now();
  const auto committed = store_.commit(stored);
  {
    const std::lock_guard lock(mutex_);
    health_.last_commit = steady_clock::now() - begun;
    if (!committed) ++health_.commit_failures;
  }
  if (committed) return Done{};
  return settle(committed.error(), to);
}

// It may have happened all the same: only the offset tells.
Result<Done> Processor::settle(const Error& error, Position to) {
  log_("processor: " + error.what + "; opening the store again");
  if (auto reopened = store_.reopen(); !reopened) return reopened;
  const auto offset = store_.offset();
  if (!offset) return offset.error();
  if (*offset == to) return Done{};
  return error;
}

Result<Done> Processor::checkpoint() {
  const auto begun = steady_clock::now();
  const auto safe = store_.checkpoint();
  last_checkpoint_ = steady_clock::now();
  if (!safe) return safe.error();
  {
    const std::lock_guard lock(mutex_);
    health_.last_checkpoint = last_checkpoint_ - begun;
  }
  journal_.release(*safe);
  return Done{};
}

void Processor::publish_progress(Position committed) {
  const std::lock_guard lock(mutex_);
  health_.committed = committed;
  progress_.notify_all();
}

Result<Done> Processor::wait_until_stored(Position position, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  if (health_.committed >= position) return Done{};
  hurried_ = true;
  durable_news_ = true;
  wake_.notify_one();
  if (!progress_.wait_for(lock, patience, [&] { return health_.committed >= position; })) {
    return Error{ErrorCode::timed_out, "the processor is behind; the visits are safe and will show later"};
  }
  return Done{};
}

ProcessorHealth Processor::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

}  // namespace footfall
