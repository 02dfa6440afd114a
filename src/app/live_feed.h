// Hits as they reach the store, to whoever watches: the charts page that shows a view within a second.
//
// The processor publishes what it committed; each watcher gets a copy of the text and is dropped when it does not keep
// up. Any thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/guarded.h"
#include "ports/clock.h"
#include "ports/http.h"
#include "ports/visit_store.h"

namespace footfall {

class LiveFeed {
 public:
  explicit LiveFeed(const Clock& clock) : clock_(clock) {}

  // A body of server-sent events (WHATWG HTML §9.2): `hit` for each stored hit of the site, `visitors` with the number
  // of visitors of the last five minutes whenever it changes, and a comment as heartbeat.
  LiveBody watch(std::string site);

  // Called by the processor after a commit.
  void publish(std::span<const EnrichedHit> hits);
  // Called about once a second: heartbeats, and visitors who have gone quiet.
  void tick();

  [[nodiscard]] std::size_t watchers() const;

 private:
  struct Watcher {
    std::string site;
    std::shared_ptr<LiveSink> sink;
    std::size_t visitors_told = SIZE_MAX;
  };
  struct Recent {
    std::deque<std::pair<Instant, VisitorNumber>> hits;
    std::unordered_map<VisitorNumber, std::size_t> visitors;  // how many of `hits` each has
  };
  struct State {
    std::list<Watcher> watchers;
    std::map<std::string, Recent, std::less<>> recent;
    Instant last_heartbeat{};
  };

  static void tell_visitors(State& state);
  void forget_quiet(State& state) const;

  const Clock& clock_;
  Guarded<State> state_;
};

}  // namespace footfall
