// What AWS hands to a function, and what it takes back: HTTP requests, batches of the queue and of the table's stream,
// and the schedule's word that it is time; all as JSON.
//
// A request comes as the API Gateway's HTTP API 2.0 has it, which is also that of a function's own URL, or as its REST
// API 1.0 has it. Whatever else is in an event is not looked at.
//   source  AWS Lambda and API Gateway developer guides, "payload format"; docs/cloud.md
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/cloud/queue_processor.h"
#include "app/json.h"
#include "base/result.h"
#include "base/time.h"
#include "ports/http.h"

namespace footfall {

// A request and the texts it owns. It stays where it is.
class FunctionRequest {
 public:
  enum class Format { http_2, rest_1 };

  // Error: invalid (the event is no HTTP request), field: what is wrong in it.
  static Result<std::unique_ptr<FunctionRequest>> read(const json::object& event);

  [[nodiscard]] const Request& request() const { return request_; }
  [[nodiscard]] Format format() const { return format_; }

 private:
  Result<Done> read_http(const json::object& event);
  Result<Done> read_rest(const json::object& event);
  Result<Done> read_body(const json::object& event);
  void finish();

  Format format_ = Format::http_2;
  std::string path_, query_, body_;
  bool has_query_ = false;
  std::vector<std::pair<std::string, std::string>> fields_;
  std::vector<HeaderView> headers_;
  Request request_;
};

// The response as the event's format has it. Bodies that are no text go as base64, and so that they can go at all they
// are made whole: one longer than function_event_bytes_max is a problem of 413 in its place.
std::string function_answer(FunctionRequest::Format format, Response response);

// The messages of a batch of SQS; views into the event. Error: invalid.
Result<std::vector<BatchMessage>> queue_messages(const json::object& event);

// A day of a site that a mark in the table is about (docs/cloud.md).
struct SiteDay {
  std::string site;
  Day day;
  bool operator==(const SiteDay&) const = default;
};
struct LateDay {
  SiteDay day;
  std::string sequence_number;  // by which its record in the stream is known
};
// The marks among the records of a batch of DynamoDB Streams, in its order. Records of other items, and of items that
// left, are passed over. Error: invalid.
Result<std::vector<LateDay>> late_days(const json::object& event);

// EventBridge says that a schedule's time has come.
bool is_schedule_event(const json::object& event);

// Those that are to come again: message ids for SQS, sequence numbers for a stream.
std::string failures_answer(const std::vector<std::string>& failed);

}  // namespace footfall
