// A registered site and what its owner has set for it.
//
// Names of the values are the API's, the configuration's and the registry file's alike.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/session_rules.h"

namespace footfall {

// How the edge gives a visitor a session: not at all, on the first response, or by a redirect before it.
enum class SessionMode : std::uint8_t { off, response, redirect };
// What a recording request must show: nothing, that nothing speaks against its coming from a page of the site, or also
// a page token.
enum class Protect : std::uint8_t { off, origin, strict };
// What the store keeps of a visitor's address.
enum class KeptAddress : std::uint8_t { full, truncated, hashed, none };

std::string_view name_of(SessionMode mode);
std::string_view name_of(Protect protect);
std::string_view name_of(KeptAddress address);
std::optional<SessionMode> session_mode_named(std::string_view name);
std::optional<Protect> protect_named(std::string_view name);
std::optional<KeptAddress> kept_address_named(std::string_view name);

// What else a site may speak (docs/api.md).
inline constexpr std::array<std::string_view, 5> dialects{"countapi", "goatcounter", "busuanzi", "hit-counter", "moe"};
bool is_dialect(std::string_view name);

struct Site {
  std::string name;  // a host name (parse_site)
  SessionRules rules;
  SessionMode session = SessionMode::response;
  Protect protect = Protect::origin;
  std::vector<std::string> hosts{};     // further hosts whose pages may record for the site
  std::vector<std::string> dialects{};  // of counters, that the site speaks besides Footfall's own
  KeptAddress address = KeptAddress::full;
  // Days after which the value goes and the row stays, and after which the row goes; 0: never.
  unsigned address_days = 0;
  unsigned user_agent_days = 0;
  unsigned visit_days = 0;
  // Whether `DNT: 1` and `Sec-GPC: 1` keep a request from being recorded.
  bool honour_dnt = false;
  bool honour_gpc = false;
};

}  // namespace footfall
