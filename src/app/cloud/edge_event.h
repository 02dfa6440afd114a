// What CloudFront hands to a function at the edge, and what it takes back: viewer requests and viewer responses, as
// CloudFront Functions (1.0) and as Lambda@Edge have them.
//
// The two differ in everything but the meaning: statuses are numbers or texts, headers have one value or a list,
// cookies stand apart or in their headers. A function changes what it was given and hands it on, or answers by itself.
//   source  Amazon CloudFront developer guide, "CloudFront Functions event structure", "Lambda@Edge event structure"
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/json.h"
#include "base/result.h"
#include "ports/http.h"

namespace footfall {

// An event and the texts of its request. It stays where it is.
class EdgeEvent {
 public:
  enum class Format { cloudfront_function, lambda_edge };

  // Errors: invalid (no such event), unsupported (an event of the origin's side); field: what is wrong in it.
  static Result<std::unique_ptr<EdgeEvent>> read(const json::object& event);

  // As it came: what is changed below does not show in it.
  [[nodiscard]] const Request& request() const { return request_; }
  [[nodiscard]] std::string_view viewer_ip() const { return viewer_ip_; }
  [[nodiscard]] bool is_response() const { return is_response_; }
  // Of the response; 0 and "" for a request.
  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] std::string response_header(std::string_view name) const;

  // Changes what is handed on: the request, or the response. Names are lower case.
  void set_path(std::string_view path);
  void set_header(std::string_view name, std::string_view value);
  void remove_headers(std::string_view prefix);
  void add_cookie(std::string_view set_cookie);

  // What is handed on.
  [[nodiscard]] std::string passed_on() const;
  // An answer in its place. The body must be a text.
  [[nodiscard]] std::string answered(Response response) const;

 private:
  EdgeEvent() = default;
  Result<Done> read_function(const json::object& event);
  Result<Done> read_lambda(const json::object& event);
  Result<Done> read_request(const json::object& request);
  void read_fields(const json::object& request);
  json::object& headers();

  Format format_ = Format::cloudfront_function;
  bool is_response_ = false;
  int status_ = 0;
  json::object message_;  // the request or the response that is handed on
  std::string viewer_ip_, path_, query_;
  std::vector<std::pair<std::string, std::string>> fields_;
  std::vector<HeaderView> headers_;
  Request request_;
};

}  // namespace footfall
