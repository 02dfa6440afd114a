// A VisitQueue in memory whose messages come in any order, and again until they are removed.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "domain/limits.h"
#include "ports/visit_queue.h"

namespace footfall {

class MemoryQueue final : public VisitQueue {
 public:
  Result<Done> send(std::span<const std::string_view> messages) override {
    for (const std::string_view message : messages) {
      if (message.empty()) return Error{ErrorCode::invalid, "an empty message"};
      for (const char c : message) {
        if (c < ' ' || c > '~') return Error{ErrorCode::invalid, "a message is not printable ASCII"};
      }
      if (message.size() > queue_message_bytes_max) return Error{ErrorCode::too_large, "a message is over 256 KiB"};
    }
    if (refuses) return Error{ErrorCode::unavailable, "the queue does not answer"};
    for (const std::string_view message : messages) {
      waiting.push_back({std::to_string(++sent_), "", std::string(message)});
    }
    return Done{};
  }

  Result<std::vector<QueuedMessage>> receive(std::size_t messages_max, std::chrono::seconds /*patience*/) override {
    if (refuses) return Error{ErrorCode::unavailable, "the queue does not answer"};
    std::vector<QueuedMessage> given;
    for (std::size_t i = 0; i < waiting.size() && given.size() < messages_max; ++i) {
      QueuedMessage message = waiting.front();
      waiting.pop_front();
      waiting.push_back(message);  // given out again after the others
      message.receipt = "receipt " + message.id;
      given.push_back(std::move(message));
    }
    return given;
  }

  Result<Done> remove(std::span<const QueuedMessage> messages) override {
    if (refuses) return Error{ErrorCode::unavailable, "the queue does not answer"};
    for (const QueuedMessage& message : messages) {
      std::erase_if(waiting, [&](const QueuedMessage& one) { return "receipt " + one.id == message.receipt; });
    }
    return Done{};
  }

  bool refuses = false;
  std::deque<QueuedMessage> waiting;

 private:
  std::uint64_t sent_ = 0;
};

}  // namespace footfall
