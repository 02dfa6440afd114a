#include "app/edge/page_tokens.h"

#include <algorithm>

#include "app/edge/session_cookies.h"
#include "base/text.h"
#include "domain/limits.h"
#include "domain/public_id.h"
#include "domain/session_cookie.h"

namespace footfall {
namespace {

std::uint64_t hour_of(Instant time) {
  return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::hours>(time).time_since_epoch().count());
}

constexpr std::string_view subject_chars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace

ViewSubject read_subject(std::string_view subject) {
  constexpr std::size_t uuid_bytes = 36;
  ViewSubject read;
  const std::string_view rest = subject.substr(std::min(subject.size(), uuid_bytes));
  if (!rest.empty() && (rest[0] != '_' || rest.size() > 1 + given_id_bytes_max)) return read;
  auto hit = canonical_uuid(subject.substr(0, uuid_bytes));
  if (!hit) return read;
  read.hit = std::move(*hit);
  if (!rest.empty()) read.session = rest.substr(1);
  return read;
}

std::string PageTokens::key_of(const SessionKey& key, std::string_view site) const {
  const auto digest = crypto_.hmac_sha256(key.secret, "page " + std::string(site));
  return std::string(text_of(digest));
}

std::string PageTokens::mac_of(std::string_view site_key, std::string_view text) const {
  const auto digest = crypto_.hmac_sha256(site_key, text);
  return to_base64url(std::span(digest).first<16>());
}

std::string PageTokens::site_key(std::string_view site) const {
  return to_base64url(bytes_of(key_of(keys_.all()->back(), site)));
}

std::string PageTokens::mint(std::string_view site, std::string_view subject, Instant now) const {
  std::string token(subject);
  token.reserve(subject.size() + 32);
  token.append(".").append(to_base36(hour_of(now) + 1));
  const std::string mac = mac_of(key_of(keys_.all()->back(), site), token);
  return token.append(".").append(mac);
}

CheckedToken PageTokens::check(std::string_view site, std::string_view token, Instant now) const {
  if (token.size() > page_token_bytes_max) return {TokenVerdict::malformed, {}};
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos) return {TokenVerdict::malformed, {}};
  const std::string_view subject = token.substr(0, first);
  const auto until = from_base36(token.substr(first + 1, second - first - 1));
  const std::string_view mac = token.substr(second + 1);
  if (subject.empty() || subject.find_first_not_of(subject_chars) != std::string_view::npos || !until ||
      !is_short_base64(mac)) {
    return {TokenVerdict::malformed, {}};
  }
  if (*until < hour_of(now)) return {TokenVerdict::expired, {}};
  // No token lives longer than two hours, whoever made it; an app's clock may be a little ahead of ours.
  if (*until > hour_of(now + client_time_ahead_max) + 1) return {TokenVerdict::forged, {}};
  const SessionKeys::List keys = keys_.all();
  for (auto key = keys->rbegin(); key != keys->rend(); ++key) {
    if (!keys_.verifies(*key)) break;
    if (equals_in_constant_time(mac_of(key_of(*key, site), token.substr(0, second)), mac)) {
      return {TokenVerdict::good, subject};
    }
  }
  return {TokenVerdict::forged, {}};
}

}  // namespace footfall
