// Any bytes are a user agent: the answer is clean, short, and the same as when every rule is tried.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "adapters/user_agents/listed_user_agents.h"
#include "base/check.h"
#include "base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace footfall;
  static const ListedUserAgents user_agents;
  static const Matcher matcher(embedded_rules());
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  const auto facts = user_agents.classify(text);
  for (const auto& part : {facts.browser, facts.browser_version, facts.os, facts.os_version, facts.device, facts.bot}) {
    FOOTFALL_ASSERT(is_utf8(part));
    FOOTFALL_ASSERT(part.size() <= 128);
  }

  const auto fast = matcher.prepare(text);
  const auto slow = matcher.prepare_for_all_rules(text);
  for (const auto list : {RuleList::browser, RuleList::os, RuleList::crawler, RuleList::isbot}) {
    FOOTFALL_ASSERT(matcher.first_match(list, fast) == matcher.first_match(list, slow));
  }
  return 0;
}
