#include "main/local_events.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <set>

#include "app/cloud/visit_message.h"
#include "base/text.h"

namespace footfall {
namespace {

// Response headers are views of names that live as long as the program; those of functions come as texts, and are few.
std::string_view kept_name(std::string_view name) {
  static std::mutex mutex;
  static std::set<std::string, std::less<>> names;
  const std::lock_guard lock(mutex);
  return *names.emplace(to_lower(name)).first;
}

constexpr std::string_view sample_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

json::object sample_request(std::string_view method, std::string_view path, std::string_view body, Instant now) {
  const std::array<HeaderView, 4> headers{{{"host", "abcdefghij.execute-api.us-east-1.amazonaws.com"},
                                           {"user-agent", sample_agent},
                                           {"content-type", "text/plain"},
                                           {"x-forwarded-proto", "https"}}};
  Request request;
  request.method = *method_named(method);
  request.path = path;
  request.headers = headers;
  request.body = body;
  request.peer = Address::v4(0xCB007109);  // 203.0.113.9
  request.secure = true;
  return http_event(request, now);
}

// A visitor without a session asks for a page: as CloudFront Functions have it, and as Lambda@Edge has it.
json::object sample_view() {
  const auto value = [](std::string_view text) { return json::object{{"value", text}}; };
  return {{"version", "1.0"},
          {"context",
           {{"distributionDomainName", "d111111abcdef8.cloudfront.net"},
            {"distributionId", "EDFDVBD6EXAMPLE"},
            {"eventType", "viewer-request"},
            {"requestId", "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ=="}}},
          {"viewer", {{"ip", "203.0.113.9"}}},
          {"request",
           {{"method", "GET"},
            {"uri", "/about"},
            {"querystring", {{"utm_source", value("newsletter")}}},
            {"headers",
             {{"host", value("example.com")}, {"user-agent", value(sample_agent)}, {"accept", value("text/html")}}},
            {"cookies", {{"theme", value("dark")}}}}}};
}

json::object sample_lambda_view() {
  const auto list = [](std::string_view name, std::string_view text) {
    return json::array{json::object{{"key", name}, {"value", text}}};
  };
  return {{"Records",
           json::array{json::object{{"cf",
                                     {{"config",
                                       {{"distributionDomainName", "d111111abcdef8.cloudfront.net"},
                                        {"distributionId", "EDFDVBD6EXAMPLE"},
                                        {"eventType", "viewer-request"},
                                        {"requestId", "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ=="}}},
                                      {"request",
                                       {{"clientIp", "203.0.113.9"},
                                        {"method", "GET"},
                                        {"uri", "/about"},
                                        {"querystring", "utm_source=newsletter"},
                                        {"headers",
                                         {{"host", list("Host", "example.com")},
                                          {"user-agent", list("User-Agent", sample_agent)},
                                          {"cookie", list("Cookie", "theme=dark")}}}}}}}}}}};
}

constexpr std::string_view sample_body = R"({"n":"pageview","u":"https://example.com/about","d":"example.com"})";

}  // namespace

json::object http_event(const Request& request, Instant now) {
  json::object headers;
  json::array cookies;
  for (const HeaderView& header : request.headers) {
    const std::string name = to_lower(header.name);
    if (name == "cookie") {
      std::string_view rest = header.value;
      while (!rest.empty()) {
        const std::size_t end = rest.find(';');
        cookies.emplace_back(trim(rest.substr(0, end)));
        rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
      }
      continue;
    }
    json::value& value = headers[name];
    if (value.is_string()) {
      value.get_string().append(",").append(header.value);
    } else {
      value = header.value;
    }
  }
  // API Gateway says it whoever asks.
  if (!headers.contains("x-forwarded-proto")) headers["x-forwarded-proto"] = request.secure ? "https" : "http";
  const bool is_text = is_utf8(request.body);
  std::string body(request.body);
  if (!is_text) {
    body = to_base64url(bytes_of(request.body));
    std::replace(body.begin(), body.end(), '-', '+');
    std::replace(body.begin(), body.end(), '_', '/');
    body.append((4 - body.size() % 4) % 4, '=');
  }
  json::object event{{"version", "2.0"},
                     {"routeKey", "$default"},
                     {"rawPath", request.path},
                     {"rawQueryString", request.query.data() == nullptr ? std::string_view{} : request.query},
                     {"headers", std::move(headers)},
                     {"requestContext",
                      {{"accountId", "000000000000"},
                       {"apiId", "abcdefghij"},
                       {"domainName", "abcdefghij.execute-api.us-east-1.amazonaws.com"},
                       {"routeKey", "$default"},
                       {"stage", "$default"},
                       {"timeEpoch", milliseconds_of(now)},
                       {"http",
                        {{"method", name_of(request.method)},
                         {"path", request.path},
                         {"protocol", "HTTP/1.1"},
                         {"sourceIp", request.peer.text()},
                         {"userAgent", request.header("user-agent")}}}}},
                     {"body", body},
                     {"isBase64Encoded", !is_text}};
  if (!cookies.empty()) event["cookies"] = std::move(cookies);
  return event;
}

Result<Response> response_of(std::string_view answer) {
  const Error invalid{ErrorCode::invalid, "the function's answer is no HTTP response"};
  const auto value = parse_json(answer);
  if (!value || !value->is_object()) return invalid;
  const json::object& object = value->get_object();
  const json::value* status = object.if_contains("statusCode");
  const json::value* body = object.if_contains("body");
  if (status == nullptr || !status->is_int64() || body == nullptr || !body->is_string()) return invalid;
  Response response;
  response.status = static_cast<int>(status->get_int64());
  response.body = std::string(body->get_string());
  const json::value* encoded = object.if_contains("isBase64Encoded");
  if (encoded != nullptr && encoded->is_bool() && encoded->get_bool()) {
    std::string text = std::get<std::string>(response.body);
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    while (text.ends_with('=')) text.pop_back();
    auto bytes = from_base64url(text);
    if (!bytes) return invalid;
    response.body = std::move(*bytes);
  }
  const json::value* headers = object.if_contains("headers");
  if (headers != nullptr && headers->is_object()) {
    for (const auto& [name, one] : headers->get_object()) {
      if (one.is_string()) response.headers.push_back({kept_name(name), std::string(one.get_string())});
    }
  }
  const json::value* cookies = object.if_contains("cookies");
  if (cookies != nullptr && cookies->is_array()) {
    for (const json::value& one : cookies->get_array()) {
      if (one.is_string()) response.headers.push_back({"set-cookie", std::string(one.get_string())});
    }
  }
  return response;
}

json::object queue_event(std::span<const QueuedMessage> messages) {
  json::array records;
  for (const QueuedMessage& message : messages) {
    records.push_back(json::object{{"messageId", message.id},
                                   {"receiptHandle", message.receipt},
                                   {"body", message.body},
                                   {"attributes", {{"ApproximateReceiveCount", "1"}}},
                                   {"messageAttributes", json::object{}},
                                   {"eventSource", "aws:sqs"},
                                   {"eventSourceARN", "arn:aws:sqs:us-east-1:000000000000:footfall"},
                                   {"awsRegion", "us-east-1"}});
  }
  return {{"Records", std::move(records)}};
}

json::object stream_event(std::span<const MarkedDay> marks) {
  json::array records;
  for (const MarkedDay& mark : marks) {
    records.push_back(
        json::object{{"eventID", mark.sequence_number},
                     {"eventName", "INSERT"},
                     {"eventVersion", "1.1"},
                     {"eventSource", "aws:dynamodb"},
                     {"awsRegion", "us-east-1"},
                     {"dynamodb",
                      {{"Keys", {{"pk", {{"S", "D#" + mark.site}}}, {"sk", {{"S", mark.day}}}}},
                       {"SequenceNumber", mark.sequence_number},
                       {"SizeBytes", mark.site.size() + mark.day.size() + 6},
                       {"StreamViewType", "KEYS_ONLY"}}},
                     {"eventSourceARN",
                      "arn:aws:dynamodb:us-east-1:000000000000:table/footfall-visits/stream/2026-01-01T00:00:00.000"}});
  }
  return {{"Records", std::move(records)}};
}

json::object schedule_event(Instant now) {
  return {{"version", "0"},
          {"id", "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa"},
          {"detail-type", "Scheduled Event"},
          {"source", "aws.events"},
          {"account", "000000000000"},
          {"time", to_rfc3339(std::chrono::floor<std::chrono::seconds>(now)).substr(0, 19) + "Z"},
          {"region", "us-east-1"},
          {"resources", json::array{"arn:aws:events:us-east-1:000000000000:rule/footfall-compactor"}},
          {"detail", json::object{}}};
}

Result<std::vector<std::string>> failures_of(std::string_view answer) {
  const Error invalid{ErrorCode::invalid, "the function's answer does not say which messages are done"};
  const auto value = parse_json(answer);
  if (!value || !value->is_object()) return invalid;
  const json::value* failures = value->get_object().if_contains("batchItemFailures");
  if (failures == nullptr || !failures->is_array()) return invalid;
  std::vector<std::string> ids;
  for (const json::value& failure : failures->get_array()) {
    const json::value* id = failure.is_object() ? failure.get_object().if_contains("itemIdentifier") : nullptr;
    if (id == nullptr || !id->is_string()) return invalid;
    ids.emplace_back(id->get_string());
  }
  return ids;
}

Result<json::object> sample_event(std::string_view kind, Instant now) {
  if (kind == "http2") return sample_request("POST", "/api/event", sample_body, now);
  if (kind == "url") {
    json::object event = sample_request("POST", "/api/event", sample_body, now);
    event["requestContext"].get_object()["domainName"] = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws";
    return event;
  }
  if (kind == "rest1") {
    return json::object{
        {"resource", "/{proxy+}"},
        {"path", "/api/counters/likes"},
        {"httpMethod", "GET"},
        {"headers", {{"User-Agent", "curl/8.0"}, {"X-Forwarded-Proto", "https"}}},
        {"multiValueHeaders", {{"User-Agent", json::array{"curl/8.0"}}, {"X-Forwarded-Proto", json::array{"https"}}}},
        {"queryStringParameters", {{"site", "example.com"}}},
        {"multiValueQueryStringParameters", {{"site", json::array{"example.com"}}}},
        {"pathParameters", {{"proxy", "api/counters/likes"}}},
        {"stageVariables", nullptr},
        {"requestContext",
         {{"stage", "prod"}, {"requestTimeEpoch", milliseconds_of(now)}, {"identity", {{"sourceIp", "203.0.113.9"}}}}},
        {"body", nullptr},
        {"isBase64Encoded", false}};
  }
  if (kind == "sqs") {
    NumberedHit visit;
    visit.number = static_cast<Position>(milliseconds_of(now));
    visit.hit.time = now;
    visit.hit.site = "example.com";
    visit.hit.path = "/about";
    visit.hit.session = "abcdefghijklmnopqrstuQ";
    visit.address = StoredAddress(Address::v4(0xCB007109));
    const std::vector<std::string> bodies = to_messages(std::span(&visit, 1));
    const QueuedMessage message{"059f36b4-87a3-44ab-83d2-661975830a7d", "receipt", bodies.front()};
    return queue_event(std::span(&message, 1));
  }
  if (kind == "streams") {
    std::string day = to_date(day_of(now) - std::chrono::days(1));
    std::erase(day, '-');
    const MarkedDay mark{"example.com", day, "111100000000000000000000001"};
    return stream_event(std::span(&mark, 1));
  }
  if (kind == "schedule") return schedule_event(now);
  if (kind == "cff") return sample_view();
  if (kind == "edge") return sample_lambda_view();
  return Error{ErrorCode::invalid, "there is no event '" + std::string(kind) + "': " + std::string(event_kinds)};
}

Result<Done> set_in(json::object& event, std::string_view assignment) {
  const Error wrong{ErrorCode::invalid, "'" + std::string(assignment) + "' names no place in the event"};
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0) return wrong;
  const std::string_view text = assignment.substr(equals + 1);
  std::string_view path = assignment.substr(0, equals);
  json::value root(std::move(event));
  json::value* place = &root;
  while (!path.empty() && place != nullptr) {
    const std::size_t dot = path.find('.');
    const std::string_view name = path.substr(0, dot);
    path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
    if (place->is_object()) {
      // The last name may be new.
      json::object& object = place->get_object();
      place = path.empty() ? &object[name] : object.if_contains(name);
    } else if (const auto index = parse_unsigned(name); place->is_array() && index) {
      json::array& array = place->get_array();
      place = *index < array.size() ? &array[*index] : nullptr;
    } else {
      place = nullptr;
    }
  }
  if (place != nullptr) {
    auto value = parse_json(text);
    *place = value ? std::move(*value) : json::value(text);
  }
  event = std::move(root.get_object());
  if (place == nullptr) return wrong;
  return Done{};
}

}  // namespace footfall
