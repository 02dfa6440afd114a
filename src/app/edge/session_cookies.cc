#include "app/edge/session_cookies.h"

#include <algorithm>
#include <array>

#include "app/site_hosts.h"
#include "base/text.h"
#include "domain/page.h"

namespace footfall {

bool equals_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  }
  return difference == 0;
}

std::string SessionCookies::mac_of(const SessionKey& key, const SessionCookie& cookie, std::string_view host) const {
  const auto digest = crypto_.hmac_sha256(key.secret, text_to_sign(cookie, host));
  return to_base64url(std::span(digest).first<16>());
}

std::optional<EdgeSession> SessionCookies::read(const Request& request, const Site& site, Instant now) const {
  const std::string_view name = session_cookie_name(request.secure);
  std::optional<EdgeSession> found;
  std::string host;
  SessionKeys::List keys;
  const auto look = [&](std::string_view value) {
    const auto cookie = parse_session_cookie(value);
    if (!cookie || judge(*cookie, now, site.rules) != CookieVerdict::good) return false;
    if (!keys) {
      keys = keys_.all();
      host = host_named(request);
    }
    const auto key = std::find_if(keys->rbegin(), keys->rend(), [&](const auto& one) { return one.id == cookie->key; });
    if (key == keys->rend() || !keys_.verifies(*key)) return false;
    if (!equals_in_constant_time(mac_of(*key, *cookie, host), cookie->mac)) return false;
    found = EdgeSession{std::string(cookie->id), cookie->started, cookie->seen};
    return true;
  };
  // More than one Cookie header reaches us from proxies that speak HTTP/2 to the browser (RFC 9113 §8.2.3).
  for (const HeaderView& header : request.headers) {
    if (equals_ignoring_case(header.name, "cookie") && find_cookie(header.value, name, look)) break;
  }
  return found;
}

EdgeSession SessionCookies::fresh(Instant now) const {
  std::array<std::byte, 16> id{};
  crypto_.random(id);
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  return {to_base64url(id), second, second};
}

std::string SessionCookies::header(const Request& request, const Site& site, const EdgeSession& session) const {
  const SessionKeys::List keys = keys_.all();
  const SessionKey& key = keys->back();
  SessionCookie cookie{key.id, session.id, session.started, session.seen, {}};
  const std::string mac = mac_of(key, cookie, host_named(request));
  cookie.mac = mac;
  std::string header;
  header.reserve(192);
  header.append(session_cookie_name(request.secure)).append("=").append(session_cookie_value(cookie));
  header.append("; Path=/; Max-Age=")
      .append(std::to_string(std::chrono::duration_cast<std::chrono::seconds>(site.rules.max).count()));
  header.append(request.secure ? "; Secure; HttpOnly; SameSite=Lax" : "; HttpOnly; SameSite=Lax");
  return header;
}

}  // namespace footfall
