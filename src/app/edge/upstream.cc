#include "app/edge/upstream.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

#include "app/edge/forwarding_headers.h"
#include "base/text.h"

namespace footfall {
namespace {

struct FailureText {
  int status;
  std::string_view code;  // for programs
  std::string_view detail;
};

FailureText text_of(ForwardFailure why) {
  switch (why) {
    case ForwardFailure::unreachable:
      return {502, "upstream_unreachable", "The site's server cannot be reached. Try again later."};
    case ForwardFailure::broken:
      return {502, "upstream_broken", "The site's server gave no answer that can be passed on."};
    case ForwardFailure::too_slow:
      return {504, "upstream_too_slow", "The site's server did not answer in time."};
    case ForwardFailure::busy:
      return {503, "upstream_busy", "The site's server has too much to do. Try again later."};
  }
  return {502, "upstream_broken", ""};
}

constexpr FailureText loop{508, "upstream_loop", "The request has come back to the server that sent it on."};

// A page for people, a problem document (RFC 9457) for programs.
Response failure(const FailureText& text, bool for_program) {
  const std::string title = std::to_string(text.status) + " " + std::string(reason_phrase(text.status));
  const std::string detail(text.detail);
  Response response;
  response.status = text.status;
  response.headers.push_back({"cache-control", "no-store"});
  if (text.status == 503) response.headers.push_back({"retry-after", "10"});
  if (for_program) {
    response.headers.push_back({"content-type", "application/problem+json"});
    response.body = R"({"type":"about:blank","title":")" + std::string(reason_phrase(text.status)) + R"(","status":)" +
                    std::to_string(text.status) + R"(,"code":")" + std::string(text.code) + R"(","detail":")" + detail +
                    "\"}";
  } else {
    response.headers.push_back({"content-type", "text/html; charset=utf-8"});
    response.body = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>" + title +
                    "</title>\n<h1>" + title + "</h1>\n<p>" + detail + "</p>\n</html>\n";
  }
  return response;
}

bool is_program(const Request& request) {
  const std::string accept = to_lower(request.header("accept"));
  return accept.find("json") != std::string::npos && accept.find("text/html") == std::string::npos;
}

bool is_odd(std::string_view name) {
  return !std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// What Connection names, besides what every client says.
std::vector<std::string_view> connection_lists(const Request& request) {
  std::vector<std::string_view> lists;
  for (const HeaderView& header : request.headers) {
    if (!equals_ignoring_case(header.name, "connection")) continue;
    if (equals_ignoring_case(header.value, "keep-alive") || equals_ignoring_case(header.value, "close")) continue;
    lists.push_back(header.value);
  }
  return lists;
}

bool is_set_here(std::string_view name) {
  return equals_ignoring_case(name, "host") || equals_ignoring_case(name, "via") ||
         equals_ignoring_case(name, "content-length") || equals_ignoring_case(name, "expect");
}

}  // namespace

Result<Origin> parse_upstream(std::string_view url) {
  const auto wrong = [&](const std::string& what) {
    return Error{ErrorCode::invalid, "--upstream must be http://HOST or http://HOST:PORT; " + what};
  };
  constexpr std::string_view scheme = "http://";
  if (url.starts_with("https://")) {
    return wrong("an origin is asked by plain HTTP, so put it on this machine or on a network of your own");
  }
  if (!url.starts_with(scheme)) return wrong("'" + std::string(url) + "' does not begin with http://");
  std::string_view authority = url.substr(scheme.size());
  if (authority.ends_with('/')) authority.remove_suffix(1);
  if (authority.find_first_of("/?#") != std::string_view::npos)
    return wrong("paths go on as they come, so leave it out");
  if (authority.find('@') != std::string_view::npos) return wrong("it takes no user name");

  Origin origin;
  std::string_view host = authority;
  std::optional<std::string_view> port;
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    if (end == std::string_view::npos) return wrong("an IPv6 address ends with ']'");
    const std::string_view rest = host.substr(end + 1);
    host = host.substr(1, end - 1);
    if (!rest.empty() && rest.front() != ':') return wrong("behind ']' stands nothing or a port");
    if (!rest.empty()) port = rest.substr(1);
    if (!Address::parse(host)) return wrong("'" + std::string(host) + "' is no IPv6 address");
  } else if (const std::size_t colon = host.find(':'); colon != std::string_view::npos) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
  }
  if (host.empty()) return wrong("the host is missing");
  const bool is_name = std::none_of(host.begin(), host.end(), [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F;
  });
  if (!is_name || host.size() > 253) return wrong("'" + std::string(host) + "' is no host");
  if (port) {
    const auto number = parse_unsigned(*port);
    if (!number || *number == 0 || *number > std::numeric_limits<std::uint16_t>::max()) {
      return wrong("the port is a number from 1 to 65535");
    }
    origin.port = static_cast<std::uint16_t>(*number);
  }
  origin.host = to_lower(host);
  return origin;
}

Upstream::Upstream(Origin origin, const Crypto& crypto)
    : origin_(std::make_shared<const Origin>(std::move(origin))),
      host_([this] {
        const bool is_v6 = origin_->host.find(':') != std::string::npos;
        std::string host = is_v6 ? "[" + origin_->host + "]" : origin_->host;
        if (origin_->port != 80) host += ":" + std::to_string(origin_->port);
        return host;
      }()),
      pseudonym_([&crypto] {
        std::array<std::byte, 6> bytes{};
        crypto.random(bytes);
        return "footfall-" + to_hex(bytes);
      }()) {}

Response Upstream::forward(const Request& request, OnHead on_head) const {
  const bool for_program = is_program(request);
  auto forwarded = std::make_unique<ForwardedRequest>();
  forwarded->origin = origin_;
  forwarded->method = request.method;
  forwarded->upgrade = request.upgrade;
  forwarded->target.reserve(request.path.size() + 1 + request.query.size());
  forwarded->target = request.path;
  if (request.query.data() != nullptr) {
    forwarded->target += '?';
    forwarded->target += request.query;
  }

  const std::string_view host = request.header("host");
  std::string via;
  std::vector<Header>& headers = forwarded->headers;
  headers.reserve(request.headers.size() + 5);
  headers.push_back({"host", host.empty() ? host_ : std::string(host)});
  const std::vector<std::string_view> lists = connection_lists(request);
  for (const HeaderView& header : request.headers) {
    if (equals_ignoring_case(header.name, "via")) {
      via += header.value;
      via += ", ";
    }
    if (is_set_here(header.name) || is_forwarding_header(header.name) || belongs_to_connection(header.name)) continue;
    const bool is_listed =
        std::any_of(lists.begin(), lists.end(), [&](std::string_view list) { return list_has(list, header.name); });
    if (is_listed || is_odd(header.name)) continue;
    headers.push_back({header.name, std::string(header.value)});
  }
  if (via.find(pseudonym_) != std::string::npos) return failure(loop, for_program);
  add_forwarding_headers(headers, {request.peer, std::nullopt, request.secure, host});
  headers.push_back({"via", via + "1.1 " + pseudonym_});

  forwarded->on_head = std::move(on_head);
  forwarded->on_failure = [for_program](ForwardFailure why) { return failure(text_of(why), for_program); };
  Response response;
  response.body = std::move(forwarded);
  return response;
}

}  // namespace footfall
