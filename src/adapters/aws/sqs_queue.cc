#include "adapters/aws/sqs_queue.h"

#include <algorithm>
#include <boost/json.hpp>
#include <numeric>

#include "base/text.h"
#include "domain/limits.h"

namespace footfall::aws {
namespace {

namespace json = boost::json;

// How often messages that SQS did not take are sent again, beyond what the client tries by itself.
constexpr int partial_tries_max = 8;

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

Result<json::object> object_in(const ServiceAnswer& answer) {
  if (!answer.type.empty()) return Error{ErrorCode::unavailable, "sqs: " + answer.type + ": " + answer.body};
  boost::system::error_code problem;
  json::value value = json::parse(answer.body, problem);
  if (problem || !value.is_object()) return Error{ErrorCode::unavailable, "sqs: the answer is no JSON"};
  return std::move(value.get_object());
}

// The numbers of the entries that a batch call says it did not do.
std::vector<std::size_t> failed_in(const json::object& answer, std::size_t entries) {
  std::vector<std::size_t> failed;
  const json::value* list = answer.if_contains("Failed");
  if (list == nullptr || !list->is_array()) return failed;
  for (const json::value& entry : list->get_array()) {
    const json::value* id = entry.is_object() ? entry.get_object().if_contains("Id") : nullptr;
    const auto number = id != nullptr && id->is_string() ? parse_unsigned(id->get_string()) : std::nullopt;
    if (number && *number < entries) failed.push_back(*number);
  }
  return failed;
}

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

Result<Done> SqsQueue::send(std::span<const std::string_view> messages) {
  for (const std::string_view message : messages) {
    if (message.empty() || !is_printable(message)) {
      return Error{ErrorCode::invalid, "a message is empty or not printable ASCII"};
    }
    if (message.size() > queue_message_bytes_max) return Error{ErrorCode::too_large, "a message is over 256 KiB"};
  }
  // A call is bounded like a message: as many as fit go together.
  while (!messages.empty()) {
    std::size_t count = 0;
    std::size_t bytes = 0;
    while (count < std::min(messages.size(), queue_batch_messages_max) &&
           bytes + messages[count].size() <= queue_message_bytes_max) {
      bytes += messages[count++].size();
    }
    if (auto sent = send_group(messages.first(count)); !sent) return sent;
    messages = messages.subspan(count);
  }
  return Done{};
}

Result<Done> SqsQueue::send_group(std::span<const std::string_view> messages) {
  std::vector<std::size_t> left(messages.size());
  std::iota(left.begin(), left.end(), std::size_t{0});
  for (int turn = 0; turn < partial_tries_max; ++turn) {
    json::array entries;
    for (const std::size_t i : left) {
      entries.push_back(json::object{{"Id", std::to_string(i)}, {"MessageBody", json::string_view(messages[i])}});
    }
    const std::string body = json::serialize(json::object{{"QueueUrl", url_}, {"Entries", std::move(entries)}});
    // A message that comes twice is harmless to whoever reads the queue.
    const auto answer = client_->call("AmazonSQS.SendMessageBatch", body, Repeat::harmless);
    if (!answer) return Error{ErrorCode::unavailable, answer.error().what};
    const auto object = object_in(*answer);
    if (!object) return object.error();
    left = failed_in(*object, messages.size());
    if (left.empty()) return Done{};
  }
  return Error{ErrorCode::unavailable, "sqs: " + std::to_string(left.size()) + " messages were not taken"};
}

Result<std::vector<QueuedMessage>> SqsQueue::receive(std::size_t messages_max, std::chrono::seconds patience) {
  const json::object request{
      {"QueueUrl", url_},
      {"MaxNumberOfMessages", std::clamp<std::size_t>(messages_max, 1, queue_batch_messages_max)},
      {"WaitTimeSeconds", std::min(patience, queue_patience_max).count()}};
  const auto answer =
      client_->call("AmazonSQS.ReceiveMessage", json::serialize(request), Repeat::harmless, queue_patience_max);
  if (!answer) return Error{ErrorCode::unavailable, answer.error().what};
  const auto object = object_in(*answer);
  if (!object) return object.error();
  std::vector<QueuedMessage> messages;
  const json::value* list = object->if_contains("Messages");
  if (list == nullptr || !list->is_array()) return messages;
  for (const json::value& entry : list->get_array()) {
    if (!entry.is_object()) continue;
    const json::object& message = entry.get_object();
    messages.push_back({text_of(message, "MessageId"), text_of(message, "ReceiptHandle"), text_of(message, "Body")});
  }
  return messages;
}

Result<Done> SqsQueue::remove(std::span<const QueuedMessage> messages) {
  while (!messages.empty()) {
    const auto group = messages.first(std::min(messages.size(), queue_batch_messages_max));
    messages = messages.subspan(group.size());
    json::array entries;
    for (std::size_t i = 0; i < group.size(); ++i) {
      entries.push_back(json::object{{"Id", std::to_string(i)}, {"ReceiptHandle", group[i].receipt}});
    }
    const std::string body = json::serialize(json::object{{"QueueUrl", url_}, {"Entries", std::move(entries)}});
    const auto answer = client_->call("AmazonSQS.DeleteMessageBatch", body, Repeat::harmless);
    if (!answer) return Error{ErrorCode::unavailable, answer.error().what};
    const auto object = object_in(*answer);
    if (!object) return object.error();
    // Those that are left come again, which whoever reads the queue expects anyway.
    if (const auto failed = failed_in(*object, group.size()); !failed.empty()) {
      return Error{ErrorCode::unavailable, "sqs: " + std::to_string(failed.size()) + " messages were not removed"};
    }
  }
  return Done{};
}

}  // namespace footfall::aws
