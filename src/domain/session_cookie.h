// The session cookie of the edge: `1.K.SID.STARTED.SEEN.MAC`, written, read and judged.
//
// Version, key id, session id (128 bits, base64url), two times in Unix seconds (base 36), and the first 128 bits of
// HMAC-SHA-256 over `1.K.host.SID.STARTED.SEEN` (base64url). One value has one spelling: no leading zeros, no upper
// case, no spare bits. Pure: the caller makes and compares the MAC. The CloudFront function does the same:
// tests/vectors/session_cookie.json binds both.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "domain/session_rules.h"

namespace footfall {

// 128 bits in base64url, for session ids and MACs.
inline constexpr std::size_t short_base64_chars = 22;

// The name depends on the scheme: browsers take `__Host-` over HTTPS alone, and then from nobody but the host itself.
std::string_view session_cookie_name(bool secure);

// Texts are views into what was parsed.
struct SessionCookie {
  std::string_view key;  // 1 to 8 letters and digits
  std::string_view id;   // short_base64_chars
  std::chrono::sys_seconds started;
  std::chrono::sys_seconds seen;  // not before `started`
  std::string_view mac;           // short_base64_chars; not yet compared
};

// Nothing for any value that this layout does not write.
std::optional<SessionCookie> parse_session_cookie(std::string_view value);

// What is signed: everything but the MAC, and the host it was set for (lower case, no port).
std::string text_to_sign(const SessionCookie& cookie, std::string_view host);
// The value with its MAC.
std::string session_cookie_value(const SessionCookie& cookie);

enum class CookieVerdict : std::uint8_t { good, ended_idle, ended_max, from_the_future };
// Whole seconds count: a session holds through the last second it may.
CookieVerdict judge(const SessionCookie& cookie, Instant now, const SessionRules& rules);

// "0" to "9", "a" to "z", no sign, no leading zero; and back, for at most 8 digits.
std::string to_base36(std::uint64_t number);
std::optional<std::uint64_t> from_base36(std::string_view text);

// True for 22 characters that to_base64url gives for 16 bytes: the last one carries two bits.
bool is_short_base64(std::string_view text);

// Calls `use(value)` for the value of each cookie of this name in a Cookie header (RFC 6265 §4.2.1), in their order,
// until it returns true. A browser sends the one with the longer path first, and a stranger may have put others there.
template <typename F>
bool find_cookie(std::string_view header, std::string_view name, F&& use) {
  while (!header.empty()) {
    const std::size_t end = header.find(';');
    std::string_view pair = header.substr(0, end);
    header = end == std::string_view::npos ? std::string_view{} : header.substr(end + 1);
    while (pair.starts_with(' ') || pair.starts_with('\t')) pair.remove_prefix(1);
    while (pair.ends_with(' ') || pair.ends_with('\t')) pair.remove_suffix(1);
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') {
      if (use(pair.substr(name.size() + 1))) return true;
    }
  }
  return false;
}

}  // namespace footfall
