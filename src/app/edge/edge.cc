#include "app/edge/edge.h"

#include <algorithm>

#include "app/edge/page_session.h"
#include "app/site_hosts.h"
#include "base/text.h"
#include "domain/limits.h"
#include "domain/page.h"

namespace footfall {
namespace {

// What a hit keeps of a request's headers, in one walk over them.
struct Heads {
  std::string_view referrer, user_agent;
};

Heads heads_of(const Request& request) {
  Heads heads;
  for (const HeaderView& header : request.headers) {
    if (equals_ignoring_case(header.name, "referer")) heads.referrer = header.value;
    if (equals_ignoring_case(header.name, "user-agent")) heads.user_agent = header.value;
  }
  return heads;
}

Response misdirected() {
  Response response;
  response.status = 421;
  response.headers.push_back({"content-type", "text/plain; charset=utf-8"});
  response.headers.push_back({"cache-control", "no-store"});
  response.body = std::string("No site of this name is served here\n");
  return response;
}

std::string tidy(std::string_view text, std::size_t bytes_max) {
  std::string kept;
  return std::string(tidy_utf8(text, bytes_max, kept));
}

}  // namespace

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
  if (!decision.site) return decision;
  decision.time = clock_.now();
  auto page = page_session(request, *decision.site, cookies_, decision.time);
  if (!page) return decision;
  if (page->answer) {
    decision.answer = std::move(page->answer);
    return decision;
  }
  if (page->session) {
    decision.set_cookie = std::move(page->set_cookie);
    decision.session = std::move(page->session->id);
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
