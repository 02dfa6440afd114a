// Answers that say what went wrong: application/problem+json (RFC 9457) with a `code` and the `field` it is about.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "ports/http.h"

namespace footfall {

// 400 for invalid, 404 for not_found, 503 for unavailable, … Refusals for want of room carry Retry-After.
int status_of(ErrorCode code);

Response problem(const Error& error);
// With a status of its own.
Response problem(int status, const Error& error);

Response text_response(int status, std::string body, std::string_view type = "text/plain; charset=utf-8");
Response json_response(int status, std::string body);

}  // namespace footfall
