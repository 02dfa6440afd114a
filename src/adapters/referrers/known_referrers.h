// Tells which source a referrer stands for, by a table of those that matter (sources.cc).
//
// A host is looked up whole and then without its first labels, so that "old.reddit.com" is Reddit. Sources with a
// domain for each country ("google.*") are known in all of them. A host nobody lists is its own source. Pure: nothing
// is kept between calls, and the time is linear in the text.
#pragma once

#include <string_view>

#include "ports/referrers.h"

namespace footfall {

class KnownReferrers final : public Referrers {
 public:
  // referrer   one of
  //              a URL of http, https or without a scheme ("//host/…", "host/path", "host")
  //              android-app://NAME, what Android sends for an app; an app nobody lists is its name
  //              a name that campaigns give a source: "google", "fb", "hn"
  // site       a referrer from this host, with or without "www.", is no source; nor is localhost
  // returns    nothing (direct) for whatever else there is: "about:blank", "file:///…", "-", a broken host
  [[nodiscard]] ReferrerFacts classify(std::string_view referrer, std::string_view site) const override;
};

}  // namespace footfall
