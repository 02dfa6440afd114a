// What a test knows about user agents, addresses and referrers: little, and it counts how often it was asked.
#pragma once

#include "ports/places.h"
#include "ports/referrers.h"
#include "ports/user_agents.h"

namespace footfall {

// Firefox is a browser, anything with "bot" in it is one.
class FakeUserAgents final : public UserAgents {
 public:
  [[nodiscard]] UserAgentFacts classify(std::string_view user_agent) const override {
    ++asked;
    UserAgentFacts facts;
    if (user_agent.find("Firefox") != std::string_view::npos) {
      facts.browser = "Firefox";
      facts.device = "desktop";
    }
    if (user_agent.find("bot") != std::string_view::npos) facts.bot = "crawler: test";
    return facts;
  }
  [[nodiscard]] std::string lists() const override { return "made up"; }
  mutable int asked = 0;
};

// 203.0.113.0/24 is in New Zealand, the rest nowhere.
class FakePlaces final : public Places {
 public:
  [[nodiscard]] Place locate(const Address& address) const override {
    ++asked;
    if (address.text().starts_with("203.0.113.")) return {"NZ", "", "Wellington"};
    return {};
  }
  mutable int asked = 0;
};

// Everything is a referral but what comes from search.example.
class FakeReferrers final : public Referrers {
 public:
  [[nodiscard]] ReferrerFacts classify(std::string_view referrer, std::string_view site) const override {
    ++asked;
    if (referrer.empty() || referrer.find(site) != std::string_view::npos) return {};
    if (referrer.find("search.example") != std::string_view::npos) return {"Search", "search"};
    return {"elsewhere.example", "referral"};
  }
  mutable int asked = 0;
};

}  // namespace footfall
