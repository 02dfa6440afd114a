#include "app/edge/edge.h"

#include <algorithm>
#include <array>

#include "app/site_hosts.h"
#include "base/text.h"
#include "domain/limits.h"
#include "domain/page.h"

namespace footfall {
namespace {

// What the edge reads of a request, in one walk over its headers.
struct Heads {
  std::string_view fetch_dest, purpose, referrer, user_agent, dnt, gpc;
};

Heads heads_of(const Request& request) {
  Heads heads;
  struct Named {
    std::string_view name;
    std::string_view Heads::*member;
  };
  constexpr std::array<Named, 6> named{{{"sec-fetch-dest", &Heads::fetch_dest},
                                        {"sec-purpose", &Heads::purpose},
                                        {"referer", &Heads::referrer},
                                        {"user-agent", &Heads::user_agent},
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

Response misdirected() {
  Response response;
  response.status = 421;
  response.headers.push_back({"content-type", "text/plain; charset=utf-8"});
  response.headers.push_back({"cache-control", "no-store"});
  response.body = std::string("No site of this name is served here\n");
  return response;
}

Response redirect_to_itself(const Request& request, std::string cookie) {
  Response response;
  response.status = 302;
  response.headers.push_back({"location", marked_target(request.path, request.query)});
  response.headers.push_back({"set-cookie", std::move(cookie)});
  response.headers.push_back({"cache-control", "no-store"});
  return response;
}

std::string tidy(std::string_view text, std::size_t bytes_max) {
  std::string kept;
  return std::string(tidy_utf8(text, bytes_max, kept));
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

std::string without_marker_in_url(std::string_view url) {
  const std::size_t hash = std::min(url.find('#'), url.size());
  const std::size_t question = url.find('?');
  if (question >= hash) return std::string(url);
  const std::string query = without_marker(url.substr(question + 1, hash - question - 1));
  std::string kept(url.substr(0, question));
  if (!query.empty()) kept.append("?").append(query);
  return kept.append(url.substr(hash));
}

std::string private_caching(std::string_view cache_control) {
  std::string kept = "private";
  while (!cache_control.empty()) {
    const std::size_t comma = cache_control.find(',');
    const std::string_view directive = trim(cache_control.substr(0, comma));
    cache_control = comma == std::string_view::npos ? std::string_view{} : cache_control.substr(comma + 1);
    const std::string_view name = trim(directive.substr(0, directive.find('=')));
    const auto is = [&](std::string_view other) { return equals_ignoring_case(name, other); };
    if (directive.empty() || is("public") || is("private") || is("s-maxage") || is("proxy-revalidate")) continue;
    kept.append(", ").append(directive);
  }
  return kept;
}

bool is_for_shared_caches(std::string_view header) {
  return equals_ignoring_case(header, "surrogate-control") || ends_with_ignoring_case(header, "cdn-cache-control");
}

Edge::Edge(const Registry& registry, const SessionCookies& cookies, const PageTokens& tokens, const PublicIds& ids,
           Collector& collector, const Clock& clock, std::function<bool(std::string_view site)> serves)
    : registry_(registry),
      cookies_(cookies),
      tokens_(tokens),
      ids_(ids),
      collector_(collector),
      clock_(clock),
      serves_(std::move(serves)) {}

std::optional<std::shared_ptr<const Site>> Edge::site_of(std::string_view host) const {
  return site_of_host(registry_.now(), host, [this](std::string_view site) { return !serves_ || serves_(site); });
}

// All that a hit needs. A path or query beyond the limits is served, but is no page that could be looked up.
void Edge::take_page(const Request& request, Decision& decision) const {
  decision.may_record = request.path.size() <= path_bytes_max;
  if (!decision.may_record) return;
  const Heads heads = heads_of(request);
  decision.path = tidy(request.path, path_bytes_max);
  const bool marked = request.query.find(session_marker) != std::string_view::npos;
  decision.query = tidy(marked ? without_marker(request.query) : std::string(request.query), query_bytes_max);
  decision.referrer = tidy(without_marker_in_url(heads.referrer), referrer_bytes_max);
  decision.user_agent = tidy(heads.user_agent, user_agent_bytes_max);
  decision.peer = request.peer;
}

Edge::Decision Edge::begin(const Request& request) const {
  Decision decision;
  auto site = site_of(host_named(request));
  if (!site) {
    decision.answer = misdirected();
    return decision;
  }
  decision.site = std::move(*site);
  if (!decision.site || request.method != Method::get || !is_page_path(request.path)) return decision;
  const Heads heads = heads_of(request);
  // Nobody has seen a page that is fetched ahead of time; what is rendered ahead is reported by its script when shown.
  if (is_ahead_of_time(heads.purpose) || asks_not_to_be_counted(heads, *decision.site)) return decision;
  decision.time = clock_.now();
  if (const SessionMode mode = decision.site->session; mode != SessionMode::off) {
    auto session = cookies_.read(request, *decision.site, decision.time);
    if (session) {
      session->seen = std::max(session->seen, std::chrono::floor<std::chrono::seconds>(decision.time));
    } else if (heads.fetch_dest.empty() || heads.fetch_dest == "document") {
      // A frame, or what a page's script fetches, goes along with its page and begins nothing of its own.
      const bool redirects = mode == SessionMode::redirect;
      if (!redirects || !has_marker(request.query)) {
        session = cookies_.fresh(decision.time);
        if (redirects) {
          decision.answer = redirect_to_itself(request, cookies_.header(request, *decision.site, *session));
          return decision;
        }
      }
    }
    if (session) {
      decision.set_cookie = cookies_.header(request, *decision.site, *session);
      decision.session = std::move(session->id);
    }
  }
  take_page(request, decision);
  return decision;
}

std::string Edge::session_of(const Request& request) const {
  const auto site = site_of(host_named(request));
  if (!site || !*site || (*site)->session == SessionMode::off) return {};
  auto session = cookies_.read(request, **site, clock_.now());
  return session ? std::move(session->id) : std::string();
}

Edge::Addition Edge::finish(const Decision& decision, int status, std::string_view content_type) const {
  Addition addition;
  if (!decision.may_record || !is_recorded("GET", decision.path, status, content_type)) return addition;
  if (!decision.set_cookie.empty()) addition.headers.push_back({"set-cookie", decision.set_cookie});
  Hit hit;
  hit.time = decision.time;
  hit.site = decision.site->name;
  hit.path = decision.path;
  hit.query = decision.query;
  hit.referrer = decision.referrer;
  hit.user_agent = decision.user_agent;
  hit.session = decision.session;
  hit.ip = decision.peer;
  hit.kind = Kind::load;
  hit.source = Source::edge;
  if (const auto recorded = collector_.record(hit)) {
    const std::string token = tokens_.mint(hit.site, ids_.visit_id(recorded->time, recorded->position), hit.time);
    addition.headers.push_back({"server-timing", "ff;desc=\"" + token + "\""});
    addition.after = recorded->position;
  }
  addition.is_private = !addition.headers.empty();
  return addition;
}

std::optional<Position> Edge::finish(const Decision& decision, int status, std::vector<Header>& headers) const {
  const auto header = [&](std::string_view name) {
    return std::find_if(headers.begin(), headers.end(),
                        [&](const Header& one) { return equals_ignoring_case(one.name, name); });
  };
  const auto type = header("content-type");
  Addition addition = finish(decision, status, type == headers.end() ? std::string() : type->value);
  if (addition.is_private) {
    std::erase_if(headers, [](const Header& one) { return is_for_shared_caches(one.name); });
    if (const auto caching = header("cache-control"); caching != headers.end()) {
      caching->value = private_caching(caching->value);
    } else {
      headers.push_back({"cache-control", private_caching({})});
    }
  }
  std::move(addition.headers.begin(), addition.headers.end(), std::back_inserter(headers));
  return addition.after;
}

Response Edge::serve(const Request& request, const SiteServer& server) const {
  auto decision = std::make_shared<Decision>(begin(request));
  if (decision->answer) return std::move(*decision->answer);
  Response response = server(request, decision->site.get());
  if (auto* const forwarded = std::get_if<std::unique_ptr<ForwardedRequest>>(&response.body)) {
    (*forwarded)->on_head = [this, decision](ForwardedHead& head) {
      return finish(*decision, head.status, head.headers);
    };
    return response;
  }
  if (const auto after = finish(*decision, response.status, response.headers)) {
    response.after = std::max(response.after.value_or(0), *after);
  }
  return response;
}

}  // namespace footfall
