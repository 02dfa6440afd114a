// Erasing visits for good: from the rows, from what is left of the journal, and from what was set aside.
//
// An erasure is a record of the journal like a hit: what was recorded before it goes, what comes after it stays, and a
// store that is rebuilt erases again. When the store has done it, the journal is parted and everything before is
// dropped, whatever its retention says. Only then is the caller told. Collecting goes on all the while.
// A thread of its own does what a crash has left to do, and keeps the journal short where a site limits what is kept.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "app/collector.h"
#include "app/processor.h"
#include "app/registry.h"
#include "domain/visit_row.h"
#include "ports/journal.h"
#include "ports/visit_reader.h"

namespace footfall {

// Any thread. All given outlives it.
class Eraser {
 public:
  using Log = std::function<void(std::string_view line)>;
  // Keeps elsewhere what somebody still needs of the journal below a position. Error: nothing may be dropped yet.
  using Keep = std::function<Result<Done>(Position below)>;
  Eraser(const Clock& clock, const Registry& registry, Journal& journal, Collector& collector, Processor& processor,
         VisitStore& store, VisitReader& reader, Log log, Keep keep = {})
      : clock_(clock),
        registry_(registry),
        journal_(journal),
        collector_(collector),
        processor_(processor),
        store_(store),
        reader_(reader),
        log_(std::move(log)),
        keep_(std::move(keep)) {}
  ~Eraser() { stop(); }

  void start();
  void stop();

  // How many rows an erasure would mean now, visits and what is in the quarantine; all that was acknowledged before is
  // counted.
  Result<std::uint64_t> count(const VisitFilter& filter);
  // Erases all that match and were acknowledged before. Returns how many rows went, when nothing of them is left.
  //   errors  too_large    more than erased_positions_max visits of a session or visitor: narrow it by time
  //           unavailable  no room on the disk, the store refused, or erasures_at_once_max others wait: nothing was
  //                        erased, try again later
  //           timed_out    it is recorded and will happen, but takes longer than erase_time_max
  Result<std::uint64_t> erase(const VisitFilter& filter);

  // Processor::prune, as one of the erasures_at_once_max.
  Result<std::vector<Pruned>> prune(const std::optional<std::string>& site, Processor::Pruning pruning);

  // What the thread does at every turn. Error: it is tried again.
  Result<Done> keep_house();

 private:
  Result<Position> ask(const VisitFilter& filter);
  Result<Done> drop_journal_below(Position position);
  Result<Done> drop_journal();
  Result<Done> keep_what_is_needed(Position below);
  [[nodiscard]] bool something_is_limited() const;
  [[nodiscard]] bool journal_is_too_old() const;

  const Clock& clock_;
  const Registry& registry_;
  Journal& journal_;
  Collector& collector_;
  Processor& processor_;
  VisitStore& store_;
  VisitReader& reader_;
  Log log_;
  Keep keep_;  // nobody needs anything without it

  std::atomic<int> at_once_{0};
  std::mutex dropping_mutex_;  // one drops the journal at a time
  std::uint64_t turns_ = 0;    // of the house

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace footfall
