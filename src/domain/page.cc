#include "domain/page.h"

#include <optional>

#include "base/text.h"
#include "domain/address.h"
#include "domain/limits.h"

namespace footfall {
namespace {

std::string_view cut(std::string_view& rest, char separator) {
  const std::size_t at = rest.find(separator);
  if (at == std::string_view::npos) return {};
  const std::string_view tail = rest.substr(at + 1);
  rest = rest.substr(0, at);
  return tail;
}

std::string_view host_of(std::string_view authority) {
  const std::size_t user = authority.rfind('@');
  if (user != std::string_view::npos) authority.remove_prefix(user + 1);
  if (!authority.empty() && authority.front() == '[') return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

// Path, query and fragment of what is left when scheme and host are off.
void take_page(std::string_view rest, UrlParts& parts) {
  parts.fragment = cut(rest, '#');
  parts.query = cut(rest, '?');
  parts.path = rest.empty() ? std::string_view("/") : rest;
}

// "[2001:DB8::1]:8080" and "2001:db8::1" as "[2001:db8::1]"; nothing for what is no IPv6 address.
std::optional<std::string> ipv6_host(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view port = text.substr(end + 1);
    if (!port.empty() && (port.front() != ':' || !parse_unsigned(port.substr(1)))) return std::nullopt;
    text = text.substr(1, end - 1);
  }
  const auto address = Address::parse(text);
  if (!address || address->is_none() || text.find(':') == std::string_view::npos) return std::nullopt;
  return address->is_v4() ? address->text() : "[" + address->text() + "]";
}

}  // namespace

Result<UrlParts> split_url(std::string_view url) {
  const Error bad{ErrorCode::invalid, "the URL is neither http(s) nor a path", "url"};
  UrlParts parts;
  std::string_view rest = url;
  const std::size_t scheme = rest.find("://");
  if (scheme != std::string_view::npos && scheme < rest.find_first_of("/?#")) {
    const std::string_view name = rest.substr(0, scheme);
    if (!equals_ignoring_case(name, "http") && !equals_ignoring_case(name, "https")) return bad;
    rest.remove_prefix(scheme + 1);
  }
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
    parts.host = host_of(authority);
    if (parts.host.empty()) return bad;
    rest.remove_prefix(authority.size());
  } else if (!rest.starts_with("/")) {
    return bad;
  }
  take_page(rest, parts);
  return parts;
}

Result<UrlParts> split_target(std::string_view target) {
  if (!target.starts_with('/')) return split_url(target);
  UrlParts parts;
  take_page(target, parts);
  return parts;
}

bool is_page_path(std::string_view path) {
  const std::string_view last = path.substr(path.rfind('/') + 1);
  if (last.find('.') == std::string_view::npos) return true;
  return ends_with_ignoring_case(last, ".html") || ends_with_ignoring_case(last, ".htm") ||
         ends_with_ignoring_case(last, ".json");
}

bool is_recorded(std::string_view method, std::string_view path, int status) {
  return method == "GET" && ((status >= 200 && status <= 299) || status == 304) && is_page_path(path);
}

bool is_page_type(std::string_view content_type) {
  const std::string_view type = trim(content_type.substr(0, content_type.find(';')));
  return equals_ignoring_case(type, "text/html") || equals_ignoring_case(type, "application/json") ||
         ends_with_ignoring_case(type, "+json");
}

bool is_recorded(std::string_view method, std::string_view path, int status, std::string_view content_type) {
  if (!is_recorded(method, path, status)) return false;
  return is_page_type(content_type) || (status == 304 && content_type.empty());
}

bool is_ahead_of_time(std::string_view sec_purpose) {
  return equals_ignoring_case(trim(sec_purpose.substr(0, sec_purpose.find(';'))), "prefetch");
}

Result<std::string> parse_site(std::string_view text) {
  const Error bad{ErrorCode::invalid, "'" + clean_utf8(cut_utf8(text, 80)) + "' is not a host name", "site"};
  std::string site = to_lower(trim(text));
  if (site.starts_with('[') || site.find(':') != site.rfind(':')) {
    const auto host = ipv6_host(site);
    if (!host) return bad;
    return *host;
  }
  if (const std::size_t colon = site.find(':'); colon != std::string::npos) {
    if (!parse_unsigned(std::string_view(site).substr(colon + 1))) return bad;  // "https://…" is no port
    site.resize(colon);
  }
  if (site.ends_with('.')) site.pop_back();
  const bool good = !site.empty() && site.size() <= site_bytes_max &&
                    site.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == std::string::npos &&
                    site.find("..") == std::string::npos && site.front() != '.';
  if (!good) return bad;
  return site;
}

std::string without_marker(std::string_view query) {
  std::string kept;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    if (pair == "ff=1") continue;
    if (!kept.empty()) kept.push_back('&');
    kept.append(pair);
  }
  return kept;
}

}  // namespace footfall
