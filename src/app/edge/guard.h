// Who may record for a site: one decision for every route that records.
//
// A browser says where a page is from (`Origin`, else `Referer`, else `Sec-Fetch-Site`), and a page cannot make it say
// something else: that keeps the pages of others out. Whoever is no browser can say what it likes: a page token
// (page_tokens.h) bounds that to two hours and to what it was handed out for. What is refused here is dropped by policy
// (domain/drop_reason.h), answered 202, and may go into the quarantine: docs/guards.md.
//
// Any thread. Costs a look at each header, and one or two microseconds if there is a token.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/edge/page_tokens.h"
#include "domain/drop_reason.h"
#include "domain/hit.h"
#include "domain/site.h"
#include "ports/http.h"

namespace footfall {

struct GuardVerdict {
  std::optional<DropReason> drop;  // nothing: it may record
  // Of a page token that is good: what it was handed out for, as a view into the token; empty: there was none.
  std::string_view subject;
};

class Guard {
 public:
  explicit Guard(const PageTokens& tokens) : tokens_(tokens) {}

  // Whether the request may record for the site.
  //   trusted  the caller has an ingest token of the site, and speaks for others: nothing else is asked
  //   token    the page token that came in a body or a query; without one the header x-footfall-token is looked at
  [[nodiscard]] GuardVerdict check(const Request& request, const Site& site, bool trusted, std::string_view token,
                                   Instant now) const;

 private:
  const PageTokens& tokens_;
};

// Why the page that asks is none of the site's, as far as the request tells; nothing when it does not, or is one.
// A header that came twice must be right twice.
std::optional<DropReason> foreign_page(const Request& request, const Site& site);

// Whether an absolute URL is of a page that may record for the site, as `foreign_page` sees it.
bool is_own_page(std::string_view url, const Site& site, const Request& request);

// True for the hosts whose pages may record for the site: itself, `www.` before it, and those in its settings. All
// names of this machine are one. (A page that came from the very address and port that is asked is one of ours as
// well.)
bool is_host_of(const Site& site, std::string_view host);

// Tells the settings that judge apart, so that a dropped hit says by which it was judged.
std::uint32_t rules_version(const Site& site);

// By what a message with this page token is known when it comes again: the token's subject and what the page calls the
// message; where it calls it nothing, all that it says, if the token was handed out for one view of a page. Empty: it
// cannot be known, because others may say the same with the same token.
//   name   the field `b`: given_id characters, at most beacon_name_bytes_max; anything else counts as none
std::string beacon_of(std::string_view subject, std::string_view name, const Hit& hit);

}  // namespace footfall
