// Events as AWS would make them, and its answers taken apart: what stands in on this machine for API Gateway, SQS, the
// table's stream and the schedule.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/json.h"
#include "base/result.h"
#include "ports/http.h"
#include "ports/visit_queue.h"

namespace footfall {

// A request as an HTTP API hands it over (payload 2.0).
json::object http_event(const Request& request, Instant now);
// The response that a function's answer to it stands for. Error: invalid (no such answer).
Result<Response> response_of(std::string_view answer);

// Messages as SQS hands them over.
json::object queue_event(std::span<const QueuedMessage> messages);
// The ids of messages that are to come again. Error: invalid (no such answer; all of them are).
Result<std::vector<std::string>> failures_of(std::string_view answer);

// A mark as the table's stream tells of it.
struct MarkedDay {
  std::string site;
  std::string day;  // "20261121"
  std::string sequence_number;
};
json::object stream_event(std::span<const MarkedDay> marks);
// As EventBridge says that it is time.
json::object schedule_event(Instant now);

// The kinds of `sample_event`.
inline constexpr std::string_view event_kinds = "http2, url, rest1, sqs, streams, schedule, cff or edge";
// An event to begin with. Error: invalid (no such kind).
Result<json::object> sample_event(std::string_view kind, Instant now);
// Sets what `path` ("requestContext.http.method", "Records.0.body") names to a value: JSON, or else text.
// Error: invalid (there is no such place, or it is no `path=value`).
Result<Done> set_in(json::object& event, std::string_view assignment);

}  // namespace footfall
