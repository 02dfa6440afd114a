// Who is calling: a bearer token, the charts page's cookie, or a stranger.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "app/registry.h"
#include "base/guarded.h"
#include "ports/clock.h"
#include "ports/crypto.h"
#include "ports/http.h"

namespace footfall {

struct Caller {
  std::optional<Token> token;  // none: a stranger

  // True if the token's role opens what `role` opens.
  [[nodiscard]] bool may(Role role) const { return token && (token->role == Role::admin || token->role == role); }
  // The same, for this site.
  [[nodiscard]] bool may(Role role, std::string_view site) const { return may(role) && token->opens(site); }
};

// Where a login is remembered. Many that answer side by side share no memory: then the cookie is the token itself, and
// ends with its age alone.
enum class Logins : std::uint8_t { here, in_cookie };

// Any thread.
class Callers {
 public:
  Callers(const Registry& registry, const Crypto& crypto, const Clock& clock, Logins logins = Logins::here)
      : registry_(registry), crypto_(crypto), clock_(clock), logins_(logins) {}

  // A stranger when there are no credentials.
  //   errors  unauthorized  there are some, but they are wrong, ended or revoked
  //           forbidden     the cookie came with a change that another site's page asked for
  [[nodiscard]] Result<Caller> identify(const Request& request) const;

  // Takes a token and gives a session for the charts page: the cookie's value.
  //   errors  unauthorized  no such token, or one that may not read
  //           unavailable   too many wrong tokens from this address: try again later
  Result<std::string> log_in(std::string_view token, const Address& peer);
  void log_out(const Request& request);

  static constexpr std::string_view cookie_name = "footfall_login";

 private:
  struct Login {
    std::string token;  // looked up at each use, so that a revoked token ends its logins
    Instant last_used;
  };
  struct Attempts {
    int wrong = 0;
    Instant until;  // no further try before
  };
  struct State {
    std::map<std::string, Login, std::less<>> logins;  // by SHA-256 of the cookie: a copy of memory opens nothing
    std::map<Address, Attempts> attempts;
  };
  [[nodiscard]] std::string digest(std::string_view cookie) const;
  [[nodiscard]] std::optional<std::string> token_of(std::string_view cookie) const;

  const Registry& registry_;
  const Crypto& crypto_;
  const Clock& clock_;
  const Logins logins_;
  mutable Guarded<State> state_;
};

// The value of a cookie in a Cookie header (RFC 6265 §4.2), or "".
std::string_view cookie_value(std::string_view header, std::string_view name);

}  // namespace footfall
