// Where responses wait until what they acknowledge is on disk.
//
// Each network thread has its own gate. Its connections stand in a row by journal position, nearly always at the end,
// as a thread appends in order; a commit lets go all that are below the new durable position, with one look at the
// front of the row. Here "2xx means it is on disk" is kept.
#pragma once

#include <boost/intrusive/list.hpp>
#include <vector>

#include "ports/http.h"
#include "ports/journal.h"

namespace footfall {

// Something that waits at a gate; it leaves the row by itself when it is destroyed.
class GateWaiter : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  virtual ~GateWaiter() = default;

 protected:
  // The position waited for is durable.
  virtual void on_durable() = 0;
  // What is to be finished together with others before `on_durable`; null: nothing is.
  virtual Response* unfinished() { return nullptr; }
  // The journal has stopped, and whether the position will ever be durable is not known.
  virtual void on_journal_failed() = 0;

 private:
  friend class Gate;
  Position after_ = 0;
};

// One thread.
class Gate {
 public:
  explicit Gate(const Journal& journal) : journal_(journal) {}

  [[nodiscard]] bool is_open(Position after) const { return journal_.durable() > after; }
  // Lets `waiter` wait for `after`; it must not be waiting already.
  void wait(GateWaiter& waiter, Position after);
  // It waits no more.
  static void leave(GateWaiter& waiter) { waiter.unlink(); }
  [[nodiscard]] bool empty() const { return row_.empty(); }

  // Tells all whose position is durable, in order, once what they wait to send is finished, and all others if the
  // journal has failed. To be called behind every commit. Whoever is told has left the row: it may come to wait again,
  // or be destroyed.
  void open();

 private:
  using Row = boost::intrusive::list<GateWaiter, boost::intrusive::constant_time_size<false>>;

  void finish_those_below(Position durable);

  const Journal& journal_;
  Row row_;
  std::vector<Response*> finishing_;  // empty but for its memory
};

}  // namespace footfall
