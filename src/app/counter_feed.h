// Counters as they grow, to the pages that show them.
//
// A watcher gets the number now and then each change, at most ten a second: what happens in between is told together.
// A number is told only when all it includes is on disk: none that was shown can go back. One thread of its own reads
// the counters that are watched and waits for the disk, so that nobody who counts pays for those who watch.
// Any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "app/collector.h"
#include "base/result.h"
#include "ports/clock.h"
#include "ports/http.h"
#include "ports/journal.h"

namespace footfall {

class CounterFeed {
 public:
  CounterFeed(Collector& collector, Journal& journal, const Clock& clock)
      : collector_(collector), journal_(journal), clock_(clock) {}
  // Watchers that are left must not outlive it.
  ~CounterFeed();
  CounterFeed(const CounterFeed&) = delete;
  CounterFeed& operator=(const CounterFeed&) = delete;

  // How a change is told: Footfall's event `value` with site, key and value, or as CountAPI's kin do it.
  enum class Words : std::uint8_t { footfall, countapi };

  // A body of server-sent events (WHATWG HTML §9.2). A counter that is not there yet is 0.
  //   errors  unavailable  too many watch already
  Result<LiveBody> watch(std::string site, std::string key, Words words = Words::footfall);

  // Lets the thread run.
  void start();
  // What the thread does again and again: tells what has changed, and heartbeats. False: the disk has not taken it
  // all yet, so nothing was told.
  bool run_once();

  [[nodiscard]] std::size_t watchers() const;

 private:
  struct Watcher {
    std::shared_ptr<LiveSink> sink;
    Words words;
    std::optional<std::uint64_t> told;
    Instant told_at;
  };
  struct Name {
    std::string site;
    std::string key;
    friend auto operator<=>(const Name&, const Name&) = default;
  };
  // A place among the watchers, from the request until the reader has left.
  struct Place {
    explicit Place(CounterFeed& of) : feed(of) {}
    ~Place();
    CounterFeed& feed;
  };
  struct Reading {
    std::uint64_t value = 0;
    std::optional<Position> includes;
  };
  using Readings = std::map<Name, Reading>;
  struct Due {
    Readings readings;   // to be read
    bool is_all = true;  // no watcher was told too recently to be told again
  };

  void add(const Name& name, Watcher watcher);
  void remove(const Name& name, const LiveSink* sink);
  static bool is_due(const Watcher& watcher, Instant now);
  [[nodiscard]] Due due() const;
  // False: it is not all on disk, so nothing of it may be told.
  bool read(Readings& readings) const;
  void tell(const Readings& readings);
  void send_heartbeats();
  void run();

  Collector& collector_;
  Journal& journal_;
  const Clock& clock_;

  mutable std::mutex mutex_;
  std::condition_variable woken_;
  std::map<Name, std::list<Watcher>> watched_;
  std::size_t places_ = 0;
  bool has_news_ = false;  // a watcher that has been told nothing yet
  bool stopping_ = false;
  Position told_up_to_ = 0;  // the thread's own
  Instant last_heartbeat_{};
  std::thread thread_;
};

}  // namespace footfall
