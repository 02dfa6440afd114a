#include "adapters/referrers/known_referrers.h"

#include <algorithm>
#include <optional>
#include <string>

#include "adapters/referrers/sources.h"
#include "base/text.h"
#include "domain/limits.h"

namespace footfall {
namespace {

constexpr std::string_view app_scheme = "android-app://";
constexpr std::size_t ipv6_letters_max = 46;  // INET6_ADDRSTRLEN

bool is_host_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

bool is_ipv6_letter(char c) { return (c >= 'a' && c <= 'f') || (c >= '0' && c <= '9') || c == ':' || c == '.'; }

std::string_view without_www(std::string_view host) {
  if (host.starts_with("www.") && host.size() > 4) host.remove_prefix(4);
  return host;
}

// The host of what stands between "//" and the path, in lower case and without a port; nothing when it is none.
std::optional<std::string> host_of(std::string_view authority) {
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  std::string host = to_lower(authority);
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    if (end == std::string::npos || end < 3 || end > ipv6_letters_max) return std::nullopt;
    const bool is_address =
        std::all_of(host.begin() + 1, host.begin() + static_cast<std::ptrdiff_t>(end), is_ipv6_letter);
    return is_address ? std::optional(host.substr(0, end + 1)) : std::nullopt;
  }
  host.resize(std::min(host.size(), host.find(':')));
  if (host.ends_with('.')) host.pop_back();
  const bool has_empty_label = host.starts_with('.') || host.ends_with('.') || host.find("..") != std::string::npos;
  if (host.empty() || host.size() > site_bytes_max || has_empty_label) return std::nullopt;
  if (!std::all_of(host.begin(), host.end(), is_host_letter)) return std::nullopt;
  return host;
}

// True for what follows the name in a domain of a country: "com", "de", "co.uk", "com.br".
bool is_country_ending(std::string_view ending) {
  const auto is_country = [](std::string_view label) {
    return label.size() == 2 && std::all_of(label.begin(), label.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  };
  if (ending.starts_with("co.")) return is_country(ending.substr(3));
  if (ending.starts_with("com.")) return is_country(ending.substr(4));
  return ending == "com" || ending == "net" || is_country(ending);
}

// "google.*" for "google.co.uk"; empty when the host is not a name and the ending of a country.
std::string in_any_country(std::string_view host) {
  for (std::size_t dot = host.find('.'); dot != std::string_view::npos; dot = host.find('.', dot + 1)) {
    if (is_country_ending(host.substr(dot + 1))) return std::string(host.substr(0, dot + 1)) + "*";
  }
  return "";
}

const KnownSource* known_source_of(std::string_view host) {
  const std::string pattern = in_any_country(host);
  std::string_view rest_of_pattern = pattern;
  for (std::string_view rest = host;;) {
    if (const KnownSource* known = source_of_host(rest)) return known;
    if (const KnownSource* known = source_of_host(rest_of_pattern)) return known;
    const std::size_t dot = rest.find('.');
    if (dot == std::string_view::npos) return nullptr;
    rest.remove_prefix(dot + 1);
    rest_of_pattern.remove_prefix(std::min(rest_of_pattern.size(), dot + 1));
  }
}

ReferrerFacts facts_of(const KnownSource& known) { return {std::string(known.source), std::string(known.medium)}; }

ReferrerFacts facts_of_host(std::string_view host, std::string_view site) {
  const std::string own = to_lower(site);
  if (host == "localhost" || without_www(host) == without_www(own)) return {};
  if (const KnownSource* known = known_source_of(host)) return facts_of(*known);
  // Web mail of a provider or a company.
  const bool is_mail = host.starts_with("webmail.");
  return {std::string(without_www(host)), is_mail ? "email" : "referral"};
}

ReferrerFacts facts_of_app(std::string_view rest) {
  const auto name = host_of(rest.substr(0, rest.find_first_of("/?#")));
  if (!name) return {};
  if (const KnownSource* known = source_of_app(*name)) return facts_of(*known);
  return {*name, "referral"};
}

}  // namespace

ReferrerFacts KnownReferrers::classify(std::string_view referrer, std::string_view site) const {
  const std::string_view text = trim(referrer.substr(0, referrer_bytes_max));
  const std::string start = to_lower(text.substr(0, app_scheme.size()));
  if (start == app_scheme) return facts_of_app(text.substr(app_scheme.size()));

  std::string_view rest = text;
  bool has_scheme = true;
  if (start.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (start.starts_with("http://")) {
    rest.remove_prefix(7);
  } else if (start.starts_with("//")) {
    rest.remove_prefix(2);
  } else {
    has_scheme = false;
  }
  if (!has_scheme) {
    if (const KnownSource* known = source_of_name(to_lower(text))) return facts_of(*known);
  }
  const auto host = host_of(rest.substr(0, rest.find_first_of("/?#\\")));
  // Without a scheme, a word is no host, and "about:blank" is neither.
  const bool is_host =
      host && (has_scheme || (host->find('.') != std::string::npos && text.find(':') == std::string::npos));
  return is_host ? facts_of_host(*host, site) : ReferrerFacts{};
}

}  // namespace footfall
