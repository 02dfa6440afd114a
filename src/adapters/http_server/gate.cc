#include "adapters/http_server/gate.h"

#include "base/check.h"

namespace footfall {

void Gate::wait(GateWaiter& waiter, Position after) {
  FOOTFALL_ASSERT(!waiter.is_linked());
  waiter.after_ = after;
  // A repeated Idempotency-Key, or a thread that was slow, brings an older position.
  auto place = row_.end();
  while (place != row_.begin() && std::prev(place)->after_ > after) --place;
  row_.insert(place, waiter);
}

void Gate::finish_those_below(Position durable) {
  for (GateWaiter& waiter : row_) {
    if (waiter.after_ >= durable) break;
    if (Response* const response = waiter.unfinished()) finishing_.push_back(response);
  }
  finish(finishing_);
  finishing_.clear();
}

void Gate::open() {
  // Asked before the position: what became durable before the journal failed is still acknowledged.
  const bool failed = journal_.failed();
  const Position durable = journal_.durable();
  finish_those_below(durable);
  while (!row_.empty() && row_.front().after_ < durable) {
    GateWaiter& waiter = row_.front();
    row_.pop_front();
    waiter.on_durable();
  }
  if (!failed) return;
  // Those that wait from here on find the journal failed at once: they are not in this row.
  Row refused;
  refused.swap(row_);
  while (!refused.empty()) {
    GateWaiter& waiter = refused.front();
    refused.pop_front();
    waiter.on_journal_failed();
  }
}

}  // namespace footfall
