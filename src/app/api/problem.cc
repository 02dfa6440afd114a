#include "app/api/problem.h"

#include <atomic>

#include "app/json.h"

namespace footfall {
namespace {

// Spread, so that all who were refused together do not come back together.
constexpr int retry_after_seconds_min = 5;
constexpr int retry_after_seconds_spread = 10;

std::string retry_after() {
  static std::atomic<unsigned> turn{0};
  return std::to_string(retry_after_seconds_min + static_cast<int>(turn++ % retry_after_seconds_spread));
}

}  // namespace

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return 400;
    case ErrorCode::too_large:
      return 413;
    case ErrorCode::too_many:
      return 429;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::exists:
    case ErrorCode::in_use:
      return 409;
    case ErrorCode::unauthorized:
      return 401;
    case ErrorCode::forbidden:
      return 403;
    case ErrorCode::unavailable:
    case ErrorCode::timed_out:
      return 503;
    case ErrorCode::unsupported:
      return 501;
    case ErrorCode::corrupt:
    case ErrorCode::unknown_result:
      return 500;
    case ErrorCode::failed:
      return 503;
  }
  return 500;
}

Response problem(const Error& error) { return problem(status_of(error.code), error); }

Response problem(int status, const Error& error) {
  json::object document{{"type", "about:blank"},
                        {"title", reason_phrase(status)},
                        {"status", status},
                        {"code", name_of(error.code)},
                        {"detail", error.what}};
  if (!error.field.empty()) document["field"] = error.field;
  Response response;
  response.status = status;
  response.headers.push_back({"content-type", "application/problem+json"});
  response.headers.push_back({"cache-control", "no-store"});
  if (status == 503 || status == 429) response.headers.push_back({"retry-after", retry_after()});
  if (status == 401) response.headers.push_back({"www-authenticate", "Bearer"});
  response.body = json::serialize(document);
  return response;
}

Response text_response(int status, std::string body, std::string_view type) {
  Response response;
  response.status = status;
  response.headers.push_back({"content-type", std::string(type)});
  response.body = std::move(body);
  return response;
}

Response json_response(int status, std::string body) {
  Response response = text_response(status, std::move(body), "application/json");
  response.headers.push_back({"cache-control", "no-store"});
  return response;
}

}  // namespace footfall
