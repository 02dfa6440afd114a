// From what a stranger sent to a Hit within limits: cutting, cleaning, and the rules all dialects share.
#pragma once

#include <forward_list>
#include <string>
#include <string_view>

#include "app/json.h"
#include "app/registry.h"
#include "base/result.h"
#include "domain/hit.h"
#include "domain/page.h"
#include "ports/http.h"

namespace footfall {

// A hit and the texts it owns. What was sent clean is viewed where it lies; the rest is kept here. Lives as long as the
// hit is needed; one thread.
class HitForm {
 public:
  HitForm() = default;
  HitForm(const HitForm&) = delete;
  HitForm& operator=(const HitForm&) = delete;

  Hit hit;

  // The text cut to `bytes_max`, as well-formed UTF-8 without control characters.
  std::string_view tidy(std::string_view text, std::size_t bytes_max);
  std::string_view keep(std::string text);

  // Takes time, address, user agent and marks from the request that reported the hit.
  void take_request(const Request& request, Instant now);
  // Takes path and query from a URL or a path. Errors: invalid, too_large (path_bytes_max); field "url".
  enum class Fragment { drop, is_path };
  Result<Done> take_url(std::string_view url, Fragment fragment = Fragment::drop);
  // The same from what is known to be a path, so that "//about" is one.
  Result<Done> take_path(std::string_view path);
  // Takes props from an object of plain values: at most props_count_max, within their limits; others are left out, as
  // the field does. Error: too_large (all of them over props_bytes_max), field "props".
  Result<Done> take_props(const json::object& props);

 private:
  Result<Done> take_parts(const UrlParts& parts, Fragment fragment);

  std::forward_list<std::string> kept_;  // costs nothing while it is empty
};

// The answer's headers for routes that pages of any site may call: no credentials, so any origin.
void allow_any_origin(Response& response);
// The answer to their preflight (Fetch standard, CORS protocol).
Response preflight_response();
// 202, but nothing was stored, and why: policy, not failure.
Response dropped_response(std::string_view reason, std::size_t count = 1);

}  // namespace footfall
