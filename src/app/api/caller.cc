#include "app/api/caller.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "domain/page.h"

namespace footfall {
namespace {

constexpr std::chrono::hours login_idle_max{12};
constexpr std::size_t logins_max = 10'000;
// After this many wrong tokens an address waits, twice as long each further time.
constexpr int free_attempts = 5;
constexpr std::chrono::seconds wait_first{2};
constexpr int wait_doublings_max = 8;
constexpr std::size_t attempts_remembered_max = 100'000;

constexpr std::string_view bearer = "Bearer ";

Error wrong() { return {ErrorCode::unauthorized, "the token is not known here, or was revoked"}; }

// A cookie rides along with requests that other sites' pages make: changes need a sign that the page is our own.
bool is_own_page(const Request& request) {
  if (request.method == Method::get || request.method == Method::head) return true;
  const std::string_view fetch_site = request.header("sec-fetch-site");
  if (!fetch_site.empty()) return fetch_site == "same-origin";
  const auto url = split_url(request.header("origin"));
  if (!url) return false;
  const auto origin = parse_site(url->host);
  const auto host = parse_site(request.host());
  return origin && host && *origin == *host;
}

}  // namespace

std::string_view cookie_value(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const std::size_t end = header.find(';');
    const std::string_view pair = trim(header.substr(0, end));
    header = end == std::string_view::npos ? std::string_view{} : header.substr(end + 1);
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') {
      return pair.substr(name.size() + 1);
    }
  }
  return {};
}

std::string Callers::digest(std::string_view cookie) const { return to_hex(crypto_.sha256(cookie)); }

std::optional<std::string> Callers::token_of(std::string_view cookie) const {
  if (logins_ == Logins::in_cookie) return from_base64url(cookie);
  const std::string key = digest(cookie);
  const Instant now = clock_.now();
  return state_.with([&](State& state) -> std::optional<std::string> {
    const auto found = state.logins.find(key);
    if (found == state.logins.end() || now - found->second.last_used > login_idle_max) return std::nullopt;
    found->second.last_used = now;
    return found->second.token;
  });
}

Result<Caller> Callers::identify(const Request& request) const {
  const std::string_view authorization = request.header("authorization");
  if (!authorization.empty()) {
    if (authorization.size() <= bearer.size() ||
        !equals_ignoring_case(authorization.substr(0, bearer.size()), bearer)) {
      return Error{ErrorCode::unauthorized, "the Authorization header is not `Bearer TOKEN`"};
    }
    auto token = registry_.token(trim(authorization.substr(bearer.size())));
    if (!token) return wrong();
    return Caller{std::move(token)};
  }
  const std::string_view cookie = cookie_value(request.header("cookie"), cookie_name);
  if (cookie.empty()) return Caller{};
  const auto text = token_of(cookie);
  if (!text) return Error{ErrorCode::unauthorized, "the login has ended: log in again"};
  auto token = registry_.token(*text);
  if (!token) return wrong();
  if (!is_own_page(request)) return Error{ErrorCode::forbidden, "this page may not use the login of another"};
  return Caller{std::move(token)};
}

Result<std::string> Callers::log_in(std::string_view text, const Address& peer) {
  const Instant now = clock_.now();
  const auto waits = state_.with([&](State& state) {
    const auto found = state.attempts.find(peer);
    return found != state.attempts.end() && found->second.until > now;
  });
  if (waits) return Error{ErrorCode::unavailable, "too many wrong tokens from this address: wait a little"};
  const auto token = registry_.token(text);
  if (!token || token->role == Role::ingest) {
    state_.with([&](State& state) {
      if (state.attempts.size() >= attempts_remembered_max) state.attempts.clear();
      Attempts& attempts = state.attempts[peer];
      if (++attempts.wrong >= free_attempts) {
        attempts.until = now + wait_first * (1 << std::min(attempts.wrong - free_attempts, wait_doublings_max));
      }
    });
    return wrong();
  }
  if (logins_ == Logins::in_cookie) {
    state_.with([&](State& state) { state.attempts.erase(peer); });
    return to_base64url(bytes_of(text));
  }
  std::array<std::byte, 16> secret{};
  crypto_.random(secret);
  std::string cookie = to_base64url(secret);
  const std::string key = digest(cookie);
  state_.with([&](State& state) {
    state.attempts.erase(peer);
    std::erase_if(state.logins, [&](const auto& entry) { return now - entry.second.last_used > login_idle_max; });
    if (state.logins.size() >= logins_max) state.logins.erase(state.logins.begin());
    state.logins.emplace(key, Login{std::string(text), now});
  });
  return cookie;
}

void Callers::log_out(const Request& request) {
  const std::string key = digest(cookie_value(request.header("cookie"), cookie_name));
  state_.with([&](State& state) { state.logins.erase(key); });
}

}  // namespace footfall
