// Page tokens: a short proof that a page, a session or a hit came from this site a moment ago.
//
// As sent `SUBJECT.E.MAC`. SUBJECT is a hit's id, a session's id, or `-` for the site alone; an app that gives its own
// visitors a session writes it behind the hit's id, with `_` between. E is the number of the hour since 1970 until
// whose end the token is good (base 36); MAC is the first 128 bits of HMAC-SHA-256 over `SUBJECT.E` under the site's
// key (base64url). The site's key is HMAC-SHA-256 over `page SITE` under a key of the edge, so that an app that has it
// can make tokens for its own site and no other. tests/vectors/page_token.json. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "app/edge/session_keys.h"

namespace footfall {

inline constexpr std::string_view subject_site = "-";

// What a token of one view was handed out for.
struct ViewSubject {
  std::string hit;           // the canonical id; "": the token is of a session or of the site
  std::string_view session;  // that the app gave; a view into the subject
};
ViewSubject read_subject(std::string_view subject);

enum class TokenVerdict : std::uint8_t { good, malformed, expired, forged };

struct CheckedToken {
  TokenVerdict verdict = TokenVerdict::malformed;
  std::string_view subject;  // of a good one: a view into the token
};

class PageTokens {
 public:
  PageTokens(const SessionKeys& keys, const Crypto& crypto) : keys_(keys), crypto_(crypto) {}

  // `SUBJECT.E.MAC`, good for one to two hours. The subject holds letters, digits, '-' and '_'.
  [[nodiscard]] std::string mint(std::string_view site, std::string_view subject, Instant now) const;

  // A token as it came: any text at all.
  [[nodiscard]] CheckedToken check(std::string_view site, std::string_view token, Instant now) const;

  // What an app of the site makes tokens with, in base64url. It changes with every rotation, after which tokens of the
  // old one are believed for `key_overlap`.
  [[nodiscard]] std::string site_key(std::string_view site) const;

 private:
  [[nodiscard]] std::string key_of(const SessionKey& key, std::string_view site) const;
  [[nodiscard]] std::string mac_of(std::string_view site_key, std::string_view text) const;

  const SessionKeys& keys_;
  const Crypto& crypto_;
};

}  // namespace footfall
