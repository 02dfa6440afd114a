#include "app/edge/guard.h"

#include <algorithm>
#include <array>

#include "base/siphash.h"
#include "base/text.h"
#include "domain/limits.h"
#include "domain/page.h"

namespace footfall {
namespace {

constexpr std::string_view www = "www.";
constexpr std::string_view token_header = "x-footfall-token";
// Telling apart, not keeping secrets: whoever finds two messages that look alike has lost one of his own.
constexpr SipKey plain_key{0, 0};

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1" || host == "[::1]";
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= beacon_name_bytes_max && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.' || c == '~';
  });
}

// Host and port of an absolute http(s) URL as browsers write one; "" for any other text. A user before the host, a
// backslash or a blank stands in no URL that a browser sends, and is how one host is made to look like another.
std::string_view authority_of(std::string_view url) {
  constexpr std::array<std::string_view, 2> schemes{"https://", "http://"};
  const auto* scheme = std::find_if(schemes.begin(), schemes.end(), [&](std::string_view name) {
    return equals_ignoring_case(url.substr(0, name.size()), name);
  });
  if (scheme == schemes.end()) return {};
  url.remove_prefix(scheme->size());
  const std::string_view authority = url.substr(0, url.find_first_of("/?#"));
  return authority.find_first_of("@\\ \t") == std::string_view::npos ? authority : std::string_view{};
}

bool is_address(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return Address::parse(host).has_value();
}

// A page that came from where this request goes to is one of ours, whatever we are called there: a site that is tried
// out at an address. Of names that is not believed, for a name can be made to lead here.
bool came_from_here(std::string_view authority, std::string_view host, const Request& request) {
  return (is_address(host) || is_this_machine(host)) && equals_ignoring_case(authority, request.host());
}

// What the browser itself says of the page that asks.
bool is_own_fetch_site(std::string_view value) {
  return value == "same-origin" || value == "same-site" || value == "none";
}

// Looks at every header of the name: whether there is any, and whether all are right.
struct Seen {
  bool any = false;
  bool all = true;
};
template <typename IsRight>
Seen look(const Request& request, std::string_view name, IsRight&& is_right) {
  Seen seen;
  for (const HeaderView& header : request.headers) {
    if (!equals_ignoring_case(header.name, name)) continue;
    seen.any = true;
    seen.all = seen.all && is_right(trim(header.value));
  }
  return seen;
}

std::optional<DropReason> asks_not_to_be_counted(const Request& request, const Site& site) {
  if (site.honour_dnt && trim(request.header("dnt")) == "1") return DropReason::dnt;
  if (site.honour_gpc && trim(request.header("sec-gpc")) == "1") return DropReason::gpc;
  return std::nullopt;
}

}  // namespace

bool is_host_of(const Site& site, std::string_view host) {
  if (host == site.name || (is_this_machine(host) && is_this_machine(site.name))) return true;
  if (host.starts_with(www) && host.substr(www.size()) == site.name) return true;
  return std::find(site.hosts.begin(), site.hosts.end(), host) != site.hosts.end();
}

bool is_own_page(std::string_view url, const Site& site, const Request& request) {
  const std::string_view authority = authority_of(url);
  const auto host = parse_site(authority);
  return host && (is_host_of(site, *host) || came_from_here(authority, *host, request));
}

std::optional<DropReason> foreign_page(const Request& request, const Site& site) {
  const auto is_own = [&](std::string_view url) { return is_own_page(url, site, request); };
  if (const Seen origin = look(request, "origin", is_own); origin.any) {
    return origin.all ? std::nullopt : std::optional(DropReason::foreign_origin);
  }
  if (const Seen referrer = look(request, "referer", is_own); referrer.any) {
    return referrer.all ? std::nullopt : std::optional(DropReason::foreign_referrer);
  }
  const Seen fetch_site = look(request, "sec-fetch-site", is_own_fetch_site);
  return fetch_site.all ? std::nullopt : std::optional(DropReason::cross_site);
}

GuardVerdict Guard::check(const Request& request, const Site& site, bool trusted, std::string_view token,
                          Instant now) const {
  if (trusted) return {};
  if (const auto drop = asks_not_to_be_counted(request, site)) return {drop, {}};
  if (site.protect != Protect::off) {
    if (const auto drop = foreign_page(request, site)) return {drop, {}};
  }
  if (token.empty()) token = trim(request.header(token_header));
  const CheckedToken checked = token.empty() ? CheckedToken{} : tokens_.check(site.name, token, now);
  if (checked.verdict == TokenVerdict::good) return {std::nullopt, checked.subject};
  if (site.protect != Protect::strict) return {};
  if (token.empty()) return {DropReason::no_token, {}};
  return {checked.verdict == TokenVerdict::expired ? DropReason::expired_token : DropReason::bad_token, {}};
}

std::uint32_t rules_version(const Site& site) {
  std::string rules(name_of(site.protect));
  for (const std::string& host : site.hosts) rules.append("\n").append(host);
  return static_cast<std::uint32_t>(siphash(plain_key, rules));
}

std::string beacon_of(std::string_view subject, std::string_view name, const Hit& hit) {
  if (subject.empty()) return {};
  const ViewSubject view = read_subject(subject);
  std::string beacon(view.hit.empty() ? subject : std::string_view(view.hit));
  beacon.push_back('/');  // stands in no subject and in no id
  if (is_name(name)) {
    beacon.append(name);
    if (beacon.size() <= beacon_bytes_max) return beacon;
    // The subject is an app's own, and long.
    const std::uint64_t hash = siphash(plain_key, beacon);
    return "#" + to_hex(std::as_bytes(std::span(&hash, 1)));
  }
  // A session, or the site alone, says the same again and means it: a reload, a second visitor.
  if (view.hit.empty()) return {};
  std::string said;
  for (const std::string_view text :
       {name_of(hit.kind), hit.event, hit.path, hit.query, hit.title, hit.referrer, hit.props}) {
    said.append(text).push_back('\0');
  }
  const std::uint64_t hash = siphash(plain_key, said);
  return beacon.append("=").append(to_hex(std::as_bytes(std::span(&hash, 1))));
}

}  // namespace footfall
