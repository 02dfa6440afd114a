#include "app/edge/page_session.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "domain/page.h"

namespace footfall {
namespace {

// What decides, in one walk over a request's headers.
struct Heads {
  std::string_view fetch_dest, purpose, dnt, gpc;
};

Heads heads_of(const Request& request) {
  Heads heads;
  struct Named {
    std::string_view name;
    std::string_view Heads::*member;
  };
  constexpr std::array<Named, 4> named{{{"sec-fetch-dest", &Heads::fetch_dest},
                                        {"sec-purpose", &Heads::purpose},
                                        {"dnt", &Heads::dnt},
                                        {"sec-gpc", &Heads::gpc}}};
  for (const HeaderView& header : request.headers) {
    for (const Named& one : named) {
      if (equals_ignoring_case(header.name, one.name)) heads.*one.member = header.value;
    }
  }
  return heads;
}

bool asks_not_to_be_counted(const Heads& heads, const Site& site) {
  return (site.honour_dnt && trim(heads.dnt) == "1") || (site.honour_gpc && trim(heads.gpc) == "1");
}

bool has_marker(std::string_view query) {
  bool found = false;
  for_each_parameter(
      query, [&](std::string_view name, std::string_view value) { found = found || (name == "ff" && value == "1"); });
  return found;
}

Response redirect_to_itself(const Request& request, std::string cookie) {
  Response response;
  response.status = 302;
  response.headers.push_back({"location", marked_target(request.path, request.query)});
  response.headers.push_back({"set-cookie", std::move(cookie)});
  response.headers.push_back({"cache-control", "no-store"});
  return response;
}

}  // namespace

std::string marked_target(std::string_view path, std::string_view query) {
  std::string target;
  target.reserve(path.size() + query.size() + 8);
  // "//host" would lead to another host, and browsers take a backslash for a slash; "/." before it means nothing else.
  if (path.size() > 1 && (path[1] == '/' || path[1] == '\\')) target.append("/.");
  target.append(path).append("?").append(query);
  if (!query.empty()) target.append("&");
  return target.append(session_marker);
}

std::optional<PageSession> page_session(const Request& request, const Site& site, const SessionCookies& cookies,
                                        Instant now) {
  if (request.method != Method::get || !is_page_path(request.path)) return std::nullopt;
  const Heads heads = heads_of(request);
  // Nobody has seen a page that is fetched ahead of time; what is rendered ahead is reported by its script when shown.
  if (is_ahead_of_time(heads.purpose) || asks_not_to_be_counted(heads, site)) return std::nullopt;
  PageSession page;
  if (site.session == SessionMode::off) return page;
  page.session = cookies.read(request, site, now);
  if (page.session) {
    page.session->seen = std::max(page.session->seen, std::chrono::floor<std::chrono::seconds>(now));
  } else if (heads.fetch_dest.empty() || heads.fetch_dest == "document") {
    // A frame, or what a page's script fetches, goes along with its page and begins nothing of its own.
    const bool redirects = site.session == SessionMode::redirect;
    if (redirects && has_marker(request.query)) return page;
    page.session = cookies.fresh(now);
    if (redirects) page.answer = redirect_to_itself(request, cookies.header(request, site, *page.session));
  }
  if (page.session && !page.answer) page.set_cookie = cookies.header(request, site, *page.session);
  return page;
}

}  // namespace footfall
