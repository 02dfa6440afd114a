// The two numbers of a page, hits and visitors, exact and up to this moment, of any time.
//
// The answer comes from the store, which has first been brought up to everything that was counted before the question.
// It is kept until the store changes: however often a badge is shown between two visits, it is asked for once. Any
// thread that may wait.
#pragma once

#include <chrono>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

#include "app/collector.h"
#include "app/processor.h"
#include "base/guarded.h"
#include "ports/journal.h"
#include "ports/visit_reader.h"

namespace footfall {

struct CounterNumbers {
  std::uint64_t value = 0;     // hits; without a time, also where the counter began
  std::uint64_t visitors = 0;  // how many different ones made the page views among them
  Position includes = 0;       // everything below it; it is on disk
};

class CounterReader {
 public:
  CounterReader(Collector& collector, Journal& journal, Processor& processor, VisitReader& reader)
      : collector_(collector), journal_(journal), processor_(processor), reader_(reader) {}

  //   key     as of Collector::counter; TOTAL is the whole site
  //   errors  not_found    there is no such counter (not asked of a time: that is 0)
  //           timed_out    the processor is too far behind
  //           unavailable  too many questions at once
  Result<CounterNumbers> read(const std::string& site, const std::string& key, std::optional<Instant> from = {},
                              std::optional<Instant> to = {});

 private:
  struct Kept {
    Position committed = 0;  // what the store had when it was asked
    CounterCounts counts;
    std::list<std::string>::iterator age;
  };
  struct Cache {
    std::unordered_map<std::string, Kept> answers;
    std::list<std::string> by_age;  // the oldest first
  };
  Result<CounterCounts> counted(const CounterQuestion& question);

  Collector& collector_;
  Journal& journal_;
  Processor& processor_;
  VisitReader& reader_;
  Guarded<Cache> cache_;
};

}  // namespace footfall
