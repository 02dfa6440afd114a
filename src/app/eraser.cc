#include "app/eraser.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/crash_point.h"
#include "domain/limits.h"

namespace footfall {
namespace {

// A position takes ten bytes at most, and most take one.
constexpr std::size_t positions_per_record = 3'000;
static_assert(positions_per_record * 10 + path_bytes_max < record_bytes_max);

constexpr std::chrono::seconds house_interval{1};
// How often it looks at the oldest record, which means reading it.
constexpr std::uint64_t turns_between_looks = 60;
constexpr std::chrono::milliseconds part_pause{200};
constexpr int part_attempts_max = 50;

// A seat among those that wait for the store to be written anew; falsy when there is none.
class Seat {
 public:
  explicit Seat(std::atomic<int>& taken) : taken_(taken), is_one_(++taken <= erasures_at_once_max) {}
  ~Seat() { --taken_; }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;
  explicit operator bool() const { return is_one_; }

 private:
  std::atomic<int>& taken_;
  bool is_one_;
};

Error others_wait() { return {ErrorCode::unavailable, "others are being erased; try again when they are"}; }

Erasure erasure_of(const VisitFilter& filter, Instant now) {
  Erasure erasure;
  erasure.time = now;
  erasure.site = filter.site;
  for (const auto& text : {filter.ip, filter.hashed_ip}) {
    if (!text) continue;
    if (const auto address = StoredAddress::parse(*text)) erasure.addresses.push_back(*address);
  }
  if (filter.path) erasure.path = *filter.path;
  if (filter.event) erasure.event = *filter.event;
  if (filter.session) erasure.session = *filter.session;
  if (filter.visitor) erasure.visitor = *filter.visitor;
  erasure.from = filter.from;
  erasure.to = filter.to;
  return erasure;
}

}  // namespace

void Eraser::start() {
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      lock.unlock();
      if (const auto kept = keep_house(); !kept) log_("erasing: " + kept.error().what + "; trying again");
      lock.lock();
      wake_.wait_for(lock, house_interval, [&] { return stopping_; });
    }
  });
}

void Eraser::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<std::uint64_t> Eraser::count(const VisitFilter& filter) {
  if (auto waited = processor_.wait_until_stored(journal_.durable(), fresh_wait_max); !waited) return waited.error();
  auto visits = reader_.count(filter);
  if (!visits) return visits;
  DroppedFilter dropped;
  dropped.site = filter.site;
  dropped.ip = filter.ip;
  dropped.hashed_ip = filter.hashed_ip;
  dropped.path = filter.path;
  dropped.event = filter.event;
  dropped.session = filter.session;
  dropped.visitor = filter.visitor;
  dropped.from = filter.from;
  dropped.to = filter.to;
  const auto counts = reader_.count_dropped(dropped);
  if (!counts) return counts.error();
  return std::accumulate(counts->begin(), counts->end(), *visits);
}

Result<std::uint64_t> Eraser::erase(const VisitFilter& filter) {
  const Seat seat(at_once_);
  if (!seat) return others_wait();
  if (auto room = store_.has_room_to_erase(); !room) return room.error();
  const auto asked = ask(filter);
  if (!asked) return asked.error();
  crash_point("erasure_recorded");  // it will happen, whatever comes
  if (auto waited = processor_.wait_until_stored(*asked + 1, erase_time_max); !waited) return waited.error();
  auto erased = processor_.erased(*asked);
  if (!erased) return erased;
  crash_point("erasure_stored");  // the rows are gone, the journal has them
  if (auto dropped = drop_journal_below(*asked + 1); !dropped) return dropped.error();
  return erased;
}

Result<std::vector<Pruned>> Eraser::prune(const std::optional<std::string>& site, Processor::Pruning pruning) {
  const Seat seat(at_once_);
  if (!seat) return others_wait();
  return processor_.prune(site, pruning);
}

// Records what is asked for; the position of its first record.
Result<Position> Eraser::ask(const VisitFilter& filter) {
  std::vector<Erasure> erasures{erasure_of(filter, clock_.now())};
  if (filter.session || filter.visitor) {
    // Their numbers are the store's own: what they mean is told by positions, which stay what they are.
    if (auto waited = processor_.wait_until_stored(journal_.durable(), fresh_wait_max); !waited) return waited.error();
    const auto positions = reader_.positions(filter, erased_positions_max);
    if (!positions) return positions.error();
    const Erasure all = erasures.front();
    erasures.clear();
    for (std::size_t at = 0; at == 0 || at < positions->size(); at += positions_per_record) {
      Erasure& some = erasures.emplace_back(all);
      const auto begin = positions->begin() + static_cast<std::ptrdiff_t>(at);
      const auto end = begin + static_cast<std::ptrdiff_t>(std::min(positions_per_record, positions->size() - at));
      some.positions.emplace(begin, end);
      some.more = at + positions_per_record < positions->size();
    }
  }
  auto first = collector_.record(erasures);
  if (!first) return first;
  if (auto durable = journal_.wait_until_durable(*first + erasures.size() - 1, fresh_wait_max); !durable) {
    return durable.error();
  }
  return first;
}

Result<Done> Eraser::drop_journal_below(Position position) {
  const std::lock_guard lock(dropping_mutex_);
  // Whoever was first has dropped it for both.
  return journal_.first() >= position ? Result<Done>(Done{}) : drop_journal();
}

// Everything that is recorded by now goes out of the journal, as soon as it rests in the store.
Result<Done> Eraser::drop_journal() {
  for (int attempt = 1;; ++attempt) {
    const auto parted = collector_.part();
    if (!parted) return parted.error();
    if (auto durable = journal_.wait_until_durable(parted->newest, fresh_wait_max); !durable) return durable;
    crash_point("journal_parted");
    if (auto stored = processor_.wait_until_stored(parted->position, erase_time_max); !stored) return stored;
    if (auto kept = keep_what_is_needed(parted->position); !kept) return kept;
    auto discarded = processor_.discard(parted->position);
    if (discarded || discarded.error().code != ErrorCode::unavailable || attempt == part_attempts_max) return discarded;
    // The next segment was not ready, or the store could not checkpoint: both pass.
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, part_pause, [&] { return stopping_; })) return discarded;
  }
}

Result<Done> Eraser::keep_what_is_needed(Position below) { return keep_ ? keep_(below) : Result<Done>(Done{}); }

bool Eraser::something_is_limited() const {
  const auto registered = registry_.now();
  return std::any_of(registered->sites.begin(), registered->sites.end(), [](const auto& entry) {
    const Site& site = entry.second;
    return site.address != KeptAddress::full || site.address_days > 0 || site.user_agent_days > 0 ||
           site.visit_days > 0;
  });
}

bool Eraser::journal_is_too_old() const {
  const auto reader = journal_.read_from(journal_.first());
  const auto oldest = reader->read(1);
  return oldest && !oldest->empty() && oldest->front().appended + 2 * journal_age_limited <= clock_.now();
}

Result<Done> Eraser::keep_house() {
  const bool limited = something_is_limited();
  journal_.limit_age(limited ? std::optional<std::chrono::seconds>(journal_age_limited) : std::nullopt);
  // A crash between erasing and dropping.
  if (auto dropped = drop_journal_below(processor_.erased_below()); !dropped) return dropped;
  if (!limited || turns_++ % turns_between_looks != 0) return Done{};
  // Segments go by their age from now on, and ask nobody.
  if (auto kept = keep_what_is_needed(journal_.durable()); !kept) return kept;
  // A site where nobody comes by, so that the journal does not move.
  return journal_is_too_old() ? drop_journal_below(journal_.durable()) : Result<Done>(Done{});
}

}  // namespace footfall
