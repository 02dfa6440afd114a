// What the processor lets go: by age, and on request. And the work that it is handed in between.

#include <algorithm>
#include <utility>

#include "app/processor.h"
#include "domain/limits.h"

namespace footfall {
namespace {

using std::chrono::steady_clock;

// An erasure that the store cannot do must not keep everybody else's hits from it for ever; whoever asked is told.
constexpr int erasing_attempts_max = 8;
constexpr std::size_t erasure_outcomes_max = 1'000;

}  // namespace

// --- In between ---

Result<Done> Processor::perform(const std::function<Result<Done>()>& work, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  if (!running_) {
    lock.unlock();
    return work();
  }
  const auto job = std::make_shared<Job>();
  job->work = work;
  jobs_.push_back(job);
  durable_news_ = true;
  hurried_ = true;
  wake_.notify_one();
  progress_.wait_for(lock, patience, [&] { return job->begun || job->outcome; });
  if (!job->begun && !job->outcome) {
    std::erase(jobs_, job);
    return Error{ErrorCode::timed_out, "the processor is busy; try again later"};
  }
  // What has begun uses what the caller lent it.
  progress_.wait(lock, [&] { return job->outcome.has_value(); });
  return *job->outcome;
}

void Processor::run_jobs() {
  std::unique_lock lock(mutex_);
  while (!jobs_.empty()) {
    const std::shared_ptr<Job> job = jobs_.front();
    jobs_.pop_front();
    job->begun = true;
    progress_.notify_all();
    lock.unlock();
    auto outcome = job->work();
    lock.lock();
    job->outcome = std::move(outcome);
    progress_.notify_all();
  }
}

// Whoever waits is told that nobody will do it.
void Processor::end_jobs() {
  const std::lock_guard lock(mutex_);
  running_ = false;
  for (const auto& job : jobs_) job->outcome = Error{ErrorCode::unavailable, "the server is stopping"};
  jobs_.clear();
  progress_.notify_all();
}

Result<Done> Processor::discard(Position parted) {
  return perform(
      [&]() -> Result<Done> {
        if (auto done = checkpoint(); !done) return done;
        return journal_.discard(parted);
      },
      erase_time_max);
}

// --- On request ---

Result<Done> Processor::erase(std::span<const Erasure> erasures, Position from, Position to) {
  auto erased = store_.erase(erasures, from, to);
  if (!erased) {
    if (auto settled = settle(erased.error(), to); settled) {
      erased = std::uint64_t{0};  // done, though nobody knows how many
    } else if (++erasing_attempts_ < erasing_attempts_max) {
      return settled;
    } else {
      log_("processor: AN ERASURE IS GIVEN UP, nothing was erased: " + erased.error().what);
      const StoreBatch passed{from, to, {}, {}, {}, {}, {}, {}};
      if (auto committed = store_.commit(passed); !committed) return committed;
    }
  }
  erasing_attempts_ = 0;
  const std::lock_guard lock(mutex_);
  if (erased) {
    health_.erased += *erased;
    erased_below_ = to;
  } else {
    ++health_.erasures_given_up;
  }
  erased_.insert_or_assign(from, std::move(erased));
  while (erased_.size() > erasure_outcomes_max) erased_.erase(erased_.begin());
  return Done{};
}

Position Processor::erased_below() const {
  const std::lock_guard lock(mutex_);
  return erased_below_;
}

Result<std::uint64_t> Processor::erased(Position position) const {
  const std::lock_guard lock(mutex_);
  const auto found = erased_.find(position);
  if (found == erased_.end()) return Error{ErrorCode::not_found, "nothing is known of this erasure"};
  return found->second;
}

// --- By age ---

std::vector<Expiry> Processor::expiries(const std::optional<std::string>& site) const {
  // Whole days: what is due comes due once a day, and the store is written anew for it at most as often.
  const Day today = day_of(clock_.now());
  const auto before = [&](unsigned days) -> std::optional<Instant> {
    if (days == 0) return std::nullopt;
    return Instant(today - std::chrono::days(days));
  };
  std::vector<Expiry> all;
  for (const auto& [name, settings] : registry_.now()->sites) {
    if (site && *site != name) continue;
    all.push_back({name, before(settings.visit_days), before(settings.address_days), before(settings.user_agent_days)});
  }
  return all;
}

Result<std::vector<Pruned>> Processor::prune(const std::optional<std::string>& site, Pruning pruning) {
  std::vector<Pruned> all;
  const auto done = perform(
      [&]() -> Result<Done> {
        if (!tracker_) {
          if (auto begun = begin_at_offset(); !begun) return begun;
        }
        const std::vector<Expiry> due = expiries(site);
        auto pruned = pruning == Pruning::now ? store_.prune(due) : store_.count_expired(due);
        // The store may have lost its footing, and numbers what it knows anew in any case.
        if (pruning == Pruning::now || !pruned) tracker_.reset();
        if (!pruned) return pruned.error();
        all = std::move(*pruned);
        return Done{};
      },
      erase_time_max);
  if (!done) return done.error();
  if (pruning == Pruning::now) {
    const std::lock_guard lock(mutex_);
    for (const Pruned& pruned : all) health_.pruned += pruned.visits + pruned.addresses + pruned.user_agents;
  }
  return all;
}

void Processor::let_go_if_due() {
  const auto now = steady_clock::now();
  if (!settings_.prune_interval || (last_letting_go_ && now - *last_letting_go_ < *settings_.prune_interval)) return;
  last_letting_go_ = now;
  if (const auto done = forget_dropped(); !done) {
    log_("dropped hits: " + done.error().what);
    tracker_.reset();  // the store may have lost its footing
    return;
  }
  prune_all();
}

void Processor::prune_all() {
  const std::vector<Expiry> due = expiries({});
  if (std::all_of(due.begin(), due.end(),
                  [](const Expiry& expiry) { return !expiry.visits && !expiry.addresses && !expiry.user_agents; })) {
    return;
  }
  const auto counted = store_.count_expired(due);
  const bool nothing =
      counted && std::all_of(counted->begin(), counted->end(), [](const Pruned& pruned) { return pruned.nothing(); });
  if (nothing) return;
  const auto pruned = counted ? store_.prune(due) : counted;
  tracker_.reset();
  if (!pruned) return log_("retention: " + pruned.error().what + "; trying again in an hour");
  for (const Pruned& one : *pruned) {
    if (one.nothing()) continue;
    log_("retention: of " + one.site + " went " + std::to_string(one.visits) + " visits, " +
         std::to_string(one.addresses) + " addresses, " + std::to_string(one.user_agents) + " user agents");
    const std::lock_guard lock(mutex_);
    health_.pruned += one.visits + one.addresses + one.user_agents;
  }
}

Result<Done> Processor::forget_dropped() {
  // Whole days, as of all that expires: the store is written anew for it.
  const auto forgotten = store_.forget_dropped(Instant(day_of(clock_.now()) - settings_.dropped_kept));
  if (!forgotten) return forgotten.error();
  return Done{};
}

}  // namespace footfall
