// The queue between collecting and storing where there is no disk of ours: SQS on AWS.
//
// It promises less than a Journal: messages have no order and no positions, and each may be given out more than once,
// also after it was removed. Whoever reads it must make the second time harmless. testing/queue_contract.h holds every
// VisitQueue to this page.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace footfall {

struct QueuedMessage {
  std::string id;       // of the message: the same each time it is given out
  std::string receipt;  // of this time
  std::string body;
};

// One thread at a time.
class VisitQueue {
 public:
  virtual ~VisitQueue() = default;

  // Every message is safe once this has returned.
  //   messages  each 1 to queue_message_bytes_max bytes of printable ASCII
  //   errors    invalid      a message is empty or holds other bytes; nothing was sent
  //             too_large    a message is over the limit; nothing was sent
  //             unavailable  not all were taken, and some may have been: send all again, which may double them
  virtual Result<Done> send(std::span<const std::string_view> messages) = 0;

  // Up to `messages_max` (1 to 10) that wait; none: nothing came within `patience` (at most 20 s). What is not removed
  // is given out again after a while. Error: unavailable.
  virtual Result<std::vector<QueuedMessage>> receive(std::size_t messages_max, std::chrono::seconds patience) = 0;

  // Messages that are done with, by their newest receipts. Error: unavailable (some may be given out again).
  virtual Result<Done> remove(std::span<const QueuedMessage> messages) = 0;
};

}  // namespace footfall
