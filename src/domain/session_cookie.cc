#include "domain/session_cookie.h"

#include <algorithm>
#include <array>

#include "domain/limits.h"

namespace footfall {
namespace {

constexpr std::string_view version = "1";
constexpr std::string_view base36_digits = "0123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t key_chars_max = 8;
constexpr std::size_t base36_chars_max = 8;  // beyond the year 90,000

std::optional<std::chrono::sys_seconds> time_of(std::string_view text) {
  const auto seconds = from_base36(text);
  if (!seconds) return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::seconds(*seconds));
}

std::string text_of(std::chrono::sys_seconds time) {
  return to_base36(static_cast<std::uint64_t>(time.time_since_epoch().count()));
}

}  // namespace

std::string_view session_cookie_name(bool secure) { return secure ? "__Host-footfall" : "footfall"; }

std::string to_base36(std::uint64_t number) {
  std::array<char, 13> digits{};  // 2^64 has 13
  std::size_t at = digits.size();
  do {
    digits.at(--at) = base36_digits[number % 36];
    number /= 36;
  } while (number > 0);
  return {digits.data() + at, digits.size() - at};
}

std::optional<std::uint64_t> from_base36(std::string_view text) {
  if (text.empty() || text.size() > base36_chars_max || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : text) {
    const std::size_t digit = base36_digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    number = number * 36 + digit;
  }
  return number;
}

bool is_short_base64(std::string_view text) {
  return text.size() == short_base64_chars && text.find_first_not_of(base64_digits) == std::string_view::npos &&
         std::string_view("AQgw").find(text.back()) != std::string_view::npos;
}

std::optional<SessionCookie> parse_session_cookie(std::string_view value) {
  if (value.size() > session_cookie_bytes_max) return std::nullopt;
  std::array<std::string_view, 6> parts;
  std::size_t count = 0;
  while (true) {
    const std::size_t dot = value.find('.');
    parts.at(count++) = value.substr(0, dot);
    if (dot == std::string_view::npos) break;
    if (count == parts.size()) return std::nullopt;
    value.remove_prefix(dot + 1);
  }
  if (count != parts.size() || parts[0] != version) return std::nullopt;
  const bool key_good = !parts[1].empty() && parts[1].size() <= key_chars_max &&
                        parts[1].find_first_not_of(base36_digits) == std::string_view::npos;
  if (!key_good || !is_short_base64(parts[2]) || !is_short_base64(parts[5])) return std::nullopt;
  const auto started = time_of(parts[3]);
  const auto seen = time_of(parts[4]);
  if (!started || !seen || *seen < *started) return std::nullopt;
  return SessionCookie{parts[1], parts[2], *started, *seen, parts[5]};
}

std::string text_to_sign(const SessionCookie& cookie, std::string_view host) {
  std::string text(version);
  text.reserve(64 + host.size());
  for (const std::string_view part : {cookie.key, host, cookie.id}) text.append(".").append(part);
  return text.append(".").append(text_of(cookie.started)).append(".").append(text_of(cookie.seen));
}

std::string session_cookie_value(const SessionCookie& cookie) {
  std::string text(version);
  text.reserve(80);
  for (const std::string_view part : {cookie.key, cookie.id}) text.append(".").append(part);
  text.append(".").append(text_of(cookie.started)).append(".").append(text_of(cookie.seen));
  return text.append(".").append(cookie.mac);
}

CookieVerdict judge(const SessionCookie& cookie, Instant now, const SessionRules& rules) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  if (cookie.seen > second + client_time_ahead_max) return CookieVerdict::from_the_future;
  if (second - cookie.started > rules.max) return CookieVerdict::ended_max;
  if (second - cookie.seen > rules.idle) return CookieVerdict::ended_idle;
  return CookieVerdict::good;
}

}  // namespace footfall
