#include "app/cloud/queue_processor.h"

namespace footfall {

ProcessedBatch process_batch(std::span<const BatchMessage> messages, TableWriter& writer,
                             const std::function<void(std::string_view)>& log) {
  ProcessedBatch batch;
  const auto fail = [&](std::string_view id, const Error& error) {
    batch.failed.emplace_back(id);
    log("message " + std::string(id) + ": " + std::string(name_of(error.code)) + ": " + error.what);
  };
  struct Readable {
    std::string_view id;
    VisitMessage message;
  };
  std::vector<Readable> readable;
  std::vector<NumberedHit> visits;
  for (const BatchMessage& one : messages) {
    auto message = VisitMessage::read(one.body);
    if (!message) {
      fail(one.id, message.error());
      continue;
    }
    readable.push_back({one.id, std::move(*message)});
    const auto& hits = readable.back().message.hits();
    visits.insert(visits.end(), hits.begin(), hits.end());
  }
  const auto stored = writer.store(visits);
  if (stored) {
    batch.visits = visits.size();
    return batch;
  }
  if (stored.error().code == ErrorCode::unavailable) {
    // More calls would be refused as well, and some of the batch may be in: all of it comes again.
    for (const Readable& one : readable) fail(one.id, stored.error());
    return batch;
  }
  // One of them cannot be stored: one by one, the others can.
  for (const Readable& one : readable) {
    const auto alone = writer.store(one.message.hits());
    if (alone) {
      batch.visits += one.message.hits().size();
    } else {
      fail(one.id, alone.error());
    }
  }
  return batch;
}

}  // namespace footfall
