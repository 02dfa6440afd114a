#include "adapters/user_agents/listed_user_agents.h"

#include "adapters/user_agents/device.h"
#include "adapters/user_agents/names.h"
#include "base/text.h"
#include "domain/limits.h"

namespace footfall {
namespace {

// A list may take a part of the text for a name as it stands, and strangers write the texts.
constexpr std::size_t name_bytes_max = 64;
constexpr std::size_t version_bytes_max = 16;

std::string clean(std::string_view text, std::size_t bytes_max) {
  const std::string cleaned = clean_utf8(text);
  return std::string(cut_utf8(cleaned, bytes_max));
}

std::string bot_verdict(const Matcher& matcher, const Matcher::Subject& subject) {
  if (const auto crawler = matcher.first_match(RuleList::crawler, subject)) return "crawler: " + crawler->front();
  if (const auto sign = matcher.first_match(RuleList::isbot, subject)) return "isbot: " + sign->front();
  return "";
}

}  // namespace

ListedUserAgents::ListedUserAgents() : matcher_(embedded_rules()) {}

UserAgentFacts ListedUserAgents::classify(std::string_view user_agent) const {
  const std::string_view text = trim(user_agent.substr(0, user_agent_bytes_max));
  UserAgentFacts facts;
  if (text.empty()) {
    facts.bot = "empty user agent";
    return facts;
  }
  const auto subject = matcher_.prepare(text);
  facts.bot = bot_verdict(matcher_, subject);
  if (const auto os = matcher_.first_match(RuleList::os, subject)) {
    const auto [name, version] = os_name((*os)[0], (*os)[1], (*os)[2]);
    facts.os = clean(name, name_bytes_max);
    facts.os_version = clean(version, version_bytes_max);
  }
  const auto browser = matcher_.first_match(RuleList::browser, subject);
  if (browser && (facts.bot.empty() || is_known_browser(browser->front()))) {
    const auto [name, version] = browser_name((*browser)[0], (*browser)[1], (*browser)[2]);
    facts.browser = clean(name, name_bytes_max);
    facts.browser_version = clean(version, version_bytes_max);
  }
  facts.device = device_of(subject.lower(), facts.os);
  return facts;
}

std::string ListedUserAgents::lists() const { return std::string(matcher_.lists()); }

}  // namespace footfall
