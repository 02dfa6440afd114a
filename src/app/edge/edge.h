// What stands before the pages of a site: gives visitors their session, records what is a page, tells the page its hit.
//
// In two steps around whoever makes the page, a folder of files or a server behind: `begin` looks at the request,
// `finish` at the head of the response, whose body it never needs. The rules are those of docs/edge.md. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "app/collector.h"
#include "app/edge/page_tokens.h"
#include "app/edge/session_cookies.h"
#include "app/registry.h"
#include "domain/public_id.h"
#include "ports/http.h"

namespace footfall {

class Edge {
 public:
  // `serves`: whether a site's pages are served here; none: every registered site's are.
  Edge(const Registry& registry, const SessionCookies& cookies, const PageTokens& tokens, const PublicIds& ids,
       Collector& collector, const Clock& clock, std::function<bool(std::string_view site)> serves);

  // What to do with a request. Owns what it says: the request may be gone when the response comes.
  struct Decision {
    std::optional<Response> answer;    // given in place of the page: a redirect, or a host that is served by nobody
    std::shared_ptr<const Site> site;  // null: no site is registered, the page is served and nothing else happens
    std::string set_cookie;            // of the session, new or refreshed; "" for none
    // The page view, should the response turn out to be one.
    bool may_record = false;
    Instant time;
    std::string path, query, referrer, user_agent, session;
    Address peer;
  };
  [[nodiscard]] Decision begin(const Request& request) const;

  // What to add to a response's head.
  struct Addition {
    std::vector<Header> headers;
    // Somebody's own: `private_caching` must replace Cache-Control, and what only shared caches read must go.
    bool is_private = false;
    std::optional<Position> after;  // as in Response
  };
  // Records the page view if it is one. Call once for a response, with what its head says; a fault of the journal is no
  // reason to keep the page from its reader, who then gets it without an id, and the script records the view.
  [[nodiscard]] Addition finish(const Decision& decision, int status, std::string_view content_type) const;

  // Both steps around a server. Of a request that is forwarded, the head is finished when it comes.
  using SiteServer = std::function<Response(const Request& request, const Site* site)>;
  [[nodiscard]] Response serve(const Request& request, const SiteServer& server) const;

  // The id of the session that a request's cookie proves, at the site of its host; "" for none.
  [[nodiscard]] std::string session_of(const Request& request) const;

 private:
  // As site_of_host.
  [[nodiscard]] std::optional<std::shared_ptr<const Site>> site_of(std::string_view host) const;
  void take_page(const Request& request, Decision& decision) const;
  // Finishes a head: its headers change. The position after which it may be sent, if there is one.
  std::optional<Position> finish(const Decision& decision, int status, std::vector<Header>& headers) const;

  const Registry& registry_;
  const SessionCookies& cookies_;
  const PageTokens& tokens_;
  const PublicIds& ids_;
  Collector& collector_;
  const Clock& clock_;
  std::function<bool(std::string_view site)> serves_;
};

// The Cache-Control of a response that carries a visitor's own cookie or hit id: as it was, but for its reader's cache
// alone. "" stands for none.
std::string private_caching(std::string_view cache_control);
// True for headers that only shared caches read, and that would overrule Cache-Control there (any letter case).
bool is_for_shared_caches(std::string_view header);

// A referrer's URL without the marker.
std::string without_marker_in_url(std::string_view url);

}  // namespace footfall
