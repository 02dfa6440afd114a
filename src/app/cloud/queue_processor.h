// From the queue to the table: what a function does with a batch of messages.
//
// A message is done when all its visits are in the table; whatever is not done comes again. A message that can never be
// done (poison) holds up nobody: it is told about each time, and the queue sets it aside when it has come often enough.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/cloud/table_writer.h"

namespace footfall {

struct ProcessedBatch {
  std::vector<std::string> failed;  // ids of messages that are to come again
  std::size_t visits = 0;           // in the messages that are done
};

struct BatchMessage {
  std::string_view id;
  std::string_view body;
};

// `log` takes one line for each message that is not done.
ProcessedBatch process_batch(std::span<const BatchMessage> messages, TableWriter& writer,
                             const std::function<void(std::string_view)>& log);

}  // namespace footfall
