// Which session the visitor of a page has or gets, as its request tells: the same in a server and at CloudFront.
//
// The rules are those of docs/edge.md. Records nothing. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/edge/session_cookies.h"
#include "domain/site.h"
#include "ports/http.h"

namespace footfall {

// Sent with a redirect that sets the session, so that it cannot be sent again for want of a cookie.
inline constexpr std::string_view session_marker = "ff=1";

struct PageSession {
  std::optional<Response> answer;  // a redirect to the same page, which sets the session; given in place of the page
  std::optional<EdgeSession> session;  // known or new
  std::string set_cookie;              // sets or refreshes it; "" without a session
};

// Nothing: the request is of no page that somebody sees, or its visitor asked not to be counted and the site heeds it.
std::optional<PageSession> page_session(const Request& request, const Site& site, const SessionCookies& cookies,
                                        Instant now);

// The target of a redirect to the same page with the marker behind its query; never to another host.
std::string marked_target(std::string_view path, std::string_view query);

}  // namespace footfall
