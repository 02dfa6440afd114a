// Tells browsers, systems, devices and bots apart by public lists: uap-core, crawler-user-agents and isbot.
//
// The lists are built into the program (scripts/data/user_agents.js converts them). A browser's text costs about 10 µs,
// and none much more than 1 ms: matching is linear, and only the first user_agent_bytes_max bytes count. Nothing is
// cached by text; callers classify each distinct text once. The matcher takes 3 MB, and below 25 MB whatever it is
// asked.
#pragma once

#include <string>
#include <string_view>

#include "adapters/user_agents/matcher.h"
#include "ports/user_agents.h"

namespace footfall {

class ListedUserAgents final : public UserAgents {
 public:
  // Takes about 3 ms: expressions are compiled when first needed.
  ListedUserAgents();

  // `bot` is the first that holds of
  //   "empty user agent"     nothing but blanks was sent
  //   "crawler: Googlebot"   crawler-user-agents knows it by name
  //   "isbot: headless"      the word by which isbot gives it away; "isbot: unlike a browser" for a telling form
  // A bot has a browser only when it runs one that people use, too: "curl" is a verdict, not a browser.
  [[nodiscard]] UserAgentFacts classify(std::string_view user_agent) const override;
  [[nodiscard]] std::string lists() const override;

 private:
  Matcher matcher_;
};

}  // namespace footfall
