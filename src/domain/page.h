// What is a page: taking URLs apart, and the rule which requests are recorded.
//
// Pure. Texts given back are views into what was given. The rule binds C++, the CloudFront function and the log import
// alike: tests/vectors/recorded.json.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace footfall {

struct UrlParts {
  std::string_view host;  // without port and user; may be empty
  std::string_view path;  // '/' first; "/" when the URL has none; kept as sent, not percent-decoded
  std::string_view query;
  std::string_view fragment;
};

// Takes apart an absolute http(s) URL ("https://example.com/a?b#c"), a scheme-less one ("//example.com/a") or a path
// ("/a?b"). Nothing is decoded. Errors: invalid (any other scheme, or nothing that could be a path), field "url".
Result<UrlParts> split_url(std::string_view url);

// Takes apart the target of a request line (RFC 9112 §3.2): what begins with '/' is a path, also "//about", which
// servers answer like "/about" and which as a URL would be a host. Errors: as split_url.
Result<UrlParts> split_target(std::string_view target);

// True if the last segment of the path is empty, has no dot, or ends in .html, .htm or .json (any case).
bool is_page_path(std::string_view path);

// The whole rule as a log line can tell it: a GET of a page path, answered 2xx or 304.
bool is_recorded(std::string_view method, std::string_view path, int status);

// What the edge sees beyond a log line. A page's media type, parameters aside: text/html, application/json or any
// `…+json`. A 304 often comes without one: then its path decides alone.
bool is_page_type(std::string_view content_type);
bool is_recorded(std::string_view method, std::string_view path, int status, std::string_view content_type);
// True for `Sec-Purpose: prefetch` and for a prerender, which says `prefetch;prerender`: nobody has seen the page yet.
bool is_ahead_of_time(std::string_view sec_purpose);

// A registered host name: lower case, without port, without trailing dot, at most site_bytes_max bytes of letters,
// digits, '-', '_' and '.', or an IP address (IPv6 in brackets, as in URLs). Error: invalid, field "site".
Result<std::string> parse_site(std::string_view text);

// The query without the session marker `ff=1`, which is never stored.
std::string without_marker(std::string_view query);

}  // namespace footfall
