// Gives visitors their session by a signed cookie, and knows it again.
//
// A cookie that is broken, forged, of another host, ended or from the future is no cookie at all: never an error.
// Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/edge/session_keys.h"
#include "domain/session_cookie.h"
#include "domain/site.h"
#include "ports/http.h"

namespace footfall {

// A visitor's session as the edge knows it.
struct EdgeSession {
  std::string id;  // 22 characters of base64url
  std::chrono::sys_seconds started;
  std::chrono::sys_seconds seen;
};

// Takes the same time wherever the two differ.
bool equals_in_constant_time(std::string_view a, std::string_view b);

class SessionCookies {
 public:
  SessionCookies(const SessionKeys& keys, const Crypto& crypto) : keys_(keys), crypto_(crypto) {}

  // The session that the request's cookie tells, by the session rules of the site: the first of our name that is good.
  [[nodiscard]] std::optional<EdgeSession> read(const Request& request, const Site& site, Instant now) const;

  // A new session that begins now.
  [[nodiscard]] EdgeSession fresh(Instant now) const;

  // The value of a Set-Cookie header that sets, or refreshes, the session's cookie as of `session.seen`.
  [[nodiscard]] std::string header(const Request& request, const Site& site, const EdgeSession& session) const;

 private:
  [[nodiscard]] std::string mac_of(const SessionKey& key, const SessionCookie& cookie, std::string_view host) const;

  const SessionKeys& keys_;
  const Crypto& crypto_;
};

}  // namespace footfall
