// What AWS does between a source of events and its function: takes messages out of the queue for the processor, and
// tells the compactor the time and what has been marked in the table.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "adapters/aws/credentials.h"
#include "base/result.h"

namespace footfall {

// A thread that asks again and again, until it is destroyed.
class Poller {
 public:
  virtual ~Poller() = default;
};

// Messages of the queue, ten at a time. What the processor says has failed stays in the queue, and comes again when it
// is visible again; the queue itself sets aside what has come too often.
Result<std::unique_ptr<Poller>> poll_queue(const aws::Environment& environment);

// The schedule, every `interval` and at once, and, every second, marks that are new or changed since the last look, as
// the table's stream would tell them; what has failed is told again. Only the sites of FOOTFALL_SITE are looked at.
Result<std::unique_ptr<Poller>> poll_marks(const aws::Environment& environment, std::chrono::seconds interval);

}  // namespace footfall
