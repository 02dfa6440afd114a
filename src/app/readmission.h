// Takes dropped hits back: each counts exactly once, however often it is asked for and whatever is killed meanwhile.
//
// A dropped hit leaves the quarantine in the same transaction of the store in which its re-admission is stored. So one
// round after another: everything in the journal is stored first, so that no re-admission is still on its way; then
// what is found in the quarantine is re-admitted. A process that ends in between has some of them in the journal, which
// are stored before the next round, and the rest in the quarantine. Any thread; others wait.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "app/collector.h"
#include "app/processor.h"
#include "ports/journal.h"
#include "ports/visit_reader.h"

namespace footfall {

class Readmission {
 public:
  // All outlive it.
  Readmission(Journal& journal, Collector& collector, Processor& processor, VisitReader& reader)
      : journal_(journal), collector_(collector), processor_(processor), reader_(reader) {}

  struct Readmissions {
    std::uint64_t hits = 0;
    bool more = false;               // others match; it would have taken too long
    std::optional<Position> newest;  // durable beyond it, they are all safe
  };
  // Re-admits the dropped hits that match, the oldest first.
  //   errors  timed_out    the store is behind: nothing was re-admitted, try again
  //           unavailable  the journal has no room; what was re-admitted before that stays so: ask again for the rest
  //           and those of VisitReader
  Result<Readmissions> readmit(const DroppedFilter& filter);

 private:
  Result<Done> settle(std::chrono::milliseconds patience);

  Journal& journal_;
  Collector& collector_;
  Processor& processor_;
  VisitReader& reader_;
  std::mutex one_at_a_time_;
};

}  // namespace footfall
