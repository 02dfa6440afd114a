#include "app/cloud/function_event.h"

#include <algorithm>
#include <array>

#include "app/api/problem.h"
#include "app/cloud/event_fields.h"
#include "base/text.h"
#include "domain/limits.h"

namespace footfall {
namespace {

// A mark lies at "D#SITE", "YYYYMMDD".
constexpr std::string_view day_mark = "D#";

Error wrong(std::string_view field, const char* what) {
  return {ErrorCode::invalid, "the event's '" + std::string(field) + "' " + what, std::string(field)};
}

// What a mark's key says; nothing of any other item's.
std::optional<SiteDay> marked_day(const json::object& keys) {
  const json::object* partition = object_at(keys, "pk");
  const json::object* place = object_at(keys, "sk");
  if (partition == nullptr || place == nullptr) return std::nullopt;
  std::string_view site = text_at(*partition, "S");
  const std::string_view text = text_at(*place, "S");
  if (!site.starts_with(day_mark) || text.size() != 8) return std::nullopt;
  site.remove_prefix(day_mark.size());
  const auto day = parse_date(std::string(text.substr(0, 4)) + "-" + std::string(text.substr(4, 2)) + "-" +
                              std::string(text.substr(6)));
  if (site.empty() || !day) return std::nullopt;
  return SiteDay{std::string(site), *day};
}

Result<std::string> whole_body(Response& response) {
  if (auto* text = std::get_if<std::string>(&response.body)) return std::move(*text);
  if (auto* kept = std::get_if<KeptBytes>(&response.body)) return std::string(kept->part);
  if (auto* source = std::get_if<std::unique_ptr<BodySource>>(&response.body)) {
    std::string body;
    while (true) {
      auto piece = (*source)->next();
      if (!piece) return piece.error();
      if (piece->empty()) return body;
      body += *piece;
      if (body.size() > function_event_bytes_max)
        return Error{ErrorCode::too_large, "the answer is over 6 MB: use 'limit'"};
    }
  }
  return Error{ErrorCode::unsupported, "an answer that goes on and on cannot be given here"};
}

}  // namespace

Result<std::unique_ptr<FunctionRequest>> FunctionRequest::read(const json::object& event) {
  auto request = std::unique_ptr<FunctionRequest>(new FunctionRequest());
  const bool is_http = object_at(event, "requestContext") != nullptr &&
                       object_at(*object_at(event, "requestContext"), "http") != nullptr;
  const auto done = is_http ? request->read_http(event) : request->read_rest(event);
  if (!done) return done.error();
  if (auto body = request->read_body(event); !body) return body.error();
  request->finish();
  return request;
}

Result<Done> FunctionRequest::read_http(const json::object& event) {
  format_ = Format::http_2;
  const json::object& context = *object_at(event, "requestContext");
  const json::object& http = *object_at(context, "http");
  const auto method = method_named(text_at(http, "method"));
  if (!method) return wrong("method", "is none that is known here");
  request_.method = *method;
  path_ = text_at(event, "rawPath");
  // A stage that has a name stands before the path.
  const std::string stage = "/" + std::string(text_at(context, "stage"));
  if (stage.size() > 1 && stage != "/$default" && path_.starts_with(stage + "/")) path_.erase(0, stage.size());
  query_ = text_at(event, "rawQueryString");
  has_query_ = !query_.empty();
  if (const auto peer = Address::parse(text_at(http, "sourceIp"))) request_.peer = *peer;
  if (const json::object* headers = object_at(event, "headers")) {
    for (const auto& [name, value] : *headers) {
      if (value.is_string()) fields_.emplace_back(name, value.get_string());
    }
  }
  const json::value* cookies = event.if_contains("cookies");
  if (cookies != nullptr && cookies->is_array()) {
    std::string line;
    for (const json::value& cookie : cookies->get_array()) {
      if (!cookie.is_string()) continue;
      if (!line.empty()) line += "; ";
      line += cookie.get_string();
    }
    if (!line.empty()) fields_.emplace_back("cookie", std::move(line));
  }
  return Done{};
}

Result<Done> FunctionRequest::read_rest(const json::object& event) {
  format_ = Format::rest_1;
  const json::object* context = object_at(event, "requestContext");
  if (context == nullptr) return wrong("requestContext", "is missing: this is no HTTP request");
  const auto method = method_named(text_at(event, "httpMethod"));
  if (!method) return wrong("httpMethod", "is none that is known here");
  request_.method = *method;
  path_ = text_at(event, "path");
  const auto add_parameter = [&](std::string_view name, std::string_view value) {
    if (has_query_) query_ += '&';
    has_query_ = true;
    query_ += percent_encode(name) + "=" + percent_encode(value);
  };
  // Names and values are decoded, and the lists, where there are any, say more.
  if (const json::object* lists = object_at(event, "multiValueQueryStringParameters")) {
    for (const auto& [name, values] : *lists) {
      if (!values.is_array()) continue;
      for (const json::value& value : values.get_array()) {
        if (value.is_string()) add_parameter(name, value.get_string());
      }
    }
  } else if (const json::object* single = object_at(event, "queryStringParameters")) {
    for (const auto& [name, value] : *single) {
      if (value.is_string()) add_parameter(name, value.get_string());
    }
  }
  if (const json::object* lists = object_at(event, "multiValueHeaders")) {
    for (const auto& [name, values] : *lists) {
      if (!values.is_array()) continue;
      for (const json::value& value : values.get_array()) {
        if (value.is_string()) fields_.emplace_back(name, value.get_string());
      }
    }
  } else if (const json::object* single = object_at(event, "headers")) {
    for (const auto& [name, value] : *single) {
      if (value.is_string()) fields_.emplace_back(name, value.get_string());
    }
  }
  const json::object* identity = object_at(*context, "identity");
  if (identity != nullptr) {
    if (const auto peer = Address::parse(text_at(*identity, "sourceIp"))) request_.peer = *peer;
  }
  return Done{};
}

Result<Done> FunctionRequest::read_body(const json::object& event) {
  const json::value* encoded = event.if_contains("isBase64Encoded");
  const std::string_view body = text_at(event, "body");
  if (encoded != nullptr && encoded->is_bool() && encoded->get_bool()) {
    auto bytes = from_base64(body);
    if (!bytes) return wrong("body", "is no base64");
    body_ = std::move(*bytes);
  } else {
    body_ = body;
  }
  return Done{};
}

void FunctionRequest::finish() {
  if (path_.empty() || path_.front() != '/') path_.insert(0, "/");
  for (const auto& [name, value] : fields_) headers_.push_back({name, value});
  request_.path = path_;
  if (has_query_) request_.query = query_;
  request_.headers = headers_;
  request_.body = body_;
  // Nothing but HTTPS reaches a function from the outside; what stands in front of one on a laptop says otherwise.
  request_.secure = request_.header("x-forwarded-proto") != "http";
}

std::string function_answer(FunctionRequest::Format format, Response response) {
  finish(response);
  auto body = whole_body(response);
  if (!body) {
    response = problem(body.error());
    body = std::move(std::get<std::string>(response.body));
  }
  json::object answer{{"statusCode", response.status}};
  json::object headers;
  json::object lists;
  json::array cookies;
  for (const Header& header : response.headers) {
    if (header.name == "set-cookie" && format == FunctionRequest::Format::http_2) {
      cookies.emplace_back(header.value);
      continue;
    }
    json::value& list = lists[header.name];
    if (!list.is_array()) list.emplace_array();
    list.get_array().emplace_back(header.value);
    json::value& joined = headers[header.name];
    if (joined.is_string()) {
      joined.get_string().append(", ").append(header.value);
    } else {
      joined = header.value;
    }
  }
  if (format == FunctionRequest::Format::http_2) {
    answer["headers"] = std::move(headers);
    if (!cookies.empty()) answer["cookies"] = std::move(cookies);
  } else {
    answer["multiValueHeaders"] = std::move(lists);
  }
  const bool is_text = is_utf8(*body);
  answer["isBase64Encoded"] = !is_text;
  answer["body"] = is_text ? std::move(*body) : to_base64(bytes_of(*body));
  return json::serialize(answer);
}

Result<std::vector<BatchMessage>> queue_messages(const json::object& event) {
  const json::value* records = event.if_contains("Records");
  if (records == nullptr || !records->is_array()) return wrong("Records", "is missing: this is no batch of messages");
  std::vector<BatchMessage> messages;
  for (const json::value& record : records->get_array()) {
    if (!record.is_object()) return wrong("Records", "holds what is no message");
    const json::object& message = record.get_object();
    if (text_at(message, "eventSource") != "aws:sqs") return wrong("eventSource", "is not SQS");
    const BatchMessage one{text_at(message, "messageId"), text_at(message, "body")};
    if (one.id.empty()) return wrong("messageId", "is missing");
    messages.push_back(one);
  }
  return messages;
}

Result<std::vector<LateDay>> late_days(const json::object& event) {
  const json::value* records = event.if_contains("Records");
  if (records == nullptr || !records->is_array()) return wrong("Records", "is missing: this is no batch of a stream");
  std::vector<LateDay> late;
  for (const json::value& one : records->get_array()) {
    if (!one.is_object()) return wrong("Records", "holds what is no record");
    const json::object& record = one.get_object();
    if (text_at(record, "eventSource") != "aws:dynamodb") return wrong("eventSource", "is not DynamoDB");
    if (text_at(record, "eventName") == "REMOVE") continue;
    const json::object* change = object_at(record, "dynamodb");
    if (change == nullptr) return wrong("dynamodb", "is missing");
    const std::string_view sequence_number = text_at(*change, "SequenceNumber");
    if (sequence_number.empty()) return wrong("SequenceNumber", "is missing");
    const json::object* keys = object_at(*change, "Keys");
    if (keys == nullptr) return wrong("Keys", "is missing");
    auto day = marked_day(*keys);
    if (day) late.push_back({std::move(*day), std::string(sequence_number)});
  }
  return late;
}

bool is_schedule_event(const json::object& event) {
  return text_at(event, "source") == "aws.events" && text_at(event, "detail-type") == "Scheduled Event";
}

std::string failures_answer(const std::vector<std::string>& failed) {
  json::array failures;
  for (const std::string& id : failed) failures.push_back(json::object{{"itemIdentifier", id}});
  return json::serialize(json::object{{"batchItemFailures", std::move(failures)}});
}

}  // namespace footfall
