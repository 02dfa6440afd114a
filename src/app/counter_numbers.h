// The two numbers of a page, hits and visitors, exact, of any time.
//
// The answer comes from the store, which has first been brought up to everything that was counted before the question.
// It is kept: until something is counted it is asked for once, however often a badge is shown. Where much is counted
// and much is asked, one question may keep the store busy for counter_question_share of a second; whoever asks for more
// gets what was answered in that second. A question is put to the store once at a time: whoever asks it meanwhile takes
// the answer before, if that is no older than a second, or waits for this one.
//
// Any thread that may wait.
#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "app/collector.h"
#include "app/processor.h"
#include "base/guarded.h"
#include "ports/clock.h"
#include "ports/journal.h"
#include "ports/visit_reader.h"

namespace footfall {

struct CounterNumbers {
  std::uint64_t value = 0;           // hits; without a time, also where the counter began
  std::uint64_t visitors = 0;        // how many different ones made the page views among them; never more than `value`
  std::optional<Position> includes;  // the newest position of it that may not be on disk yet
};

// How far an answer may be behind what was counted before the question.
enum class Freshness : std::uint8_t {
  about_now,  // a second at most, and not at all unless the question is asked often
  now,
};

class CounterReader {
 public:
  CounterReader(Collector& collector, Journal& journal, Processor& processor, VisitReader& reader, const Clock& clock)
      : collector_(collector), journal_(journal), processor_(processor), reader_(reader), clock_(clock) {}

  //   key     as of Collector::counter; TOTAL is the whole site
  //   errors  not_found    there is no such counter (not asked of a time: that is 0)
  //           timed_out    the processor is too far behind
  //           unavailable  too many questions at once
  Result<CounterNumbers> read(const std::string& site, const std::string& key, std::optional<Instant> from = {},
                              std::optional<Instant> to = {}, Freshness freshness = Freshness::about_now);

 private:
  // The answer to one question, and what it has cost.
  struct Kept {
    std::optional<CounterCounts> counts;
    Position committed = 0;  // everything below it is in `counts`
    Instant asked;           // when the store was asked for it
    Instant second;          // when the second began in which the store has been asked for …
    Milliseconds spent{0};   // … so long
  };
  struct Question {
    std::mutex asking;  // held by the one who asks the store
    Guarded<Kept> kept;
  };
  // Shared with those who ask it when it is let go of.
  using SharedQuestion = std::shared_ptr<Question>;
  struct Cache {
    struct Entry {
      SharedQuestion question;
      std::list<std::string>::iterator age;
    };
    std::unordered_map<std::string, Entry> questions;
    std::list<std::string> by_use;  // the one used longest ago first
  };
  SharedQuestion question_of(const std::string& name);
  // The answer that is kept, where it will do.
  enum class Asking : std::uint8_t { nobody, another };
  [[nodiscard]] std::optional<CounterCounts> answered(Question& question, Position next, Freshness freshness,
                                                      Asking asking = Asking::nobody) const;
  Result<CounterCounts> counted(const CounterQuestion& question, Position next, Freshness freshness);
  Result<Done> wait_for(Position next, Freshness freshness);

  Collector& collector_;
  Journal& journal_;
  Processor& processor_;
  VisitReader& reader_;
  const Clock& clock_;
  Guarded<Cache> cache_;
  // When it was last waited for in vain that the store comes up to date.
  Guarded<std::optional<Instant>> behind_;
};

}  // namespace footfall
