// Some days of a small site for tests: people who come back, bots, sessions over midnight, ids that callers gave.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <string>
#include <vector>

#include "app/stats/stats_visits.h"
#include "base/text.h"
#include "testing/fake_knowledge.h"

namespace footfall {

inline Instant at(const std::string& text) {
  const auto time = parse_time(text);
  EXPECT_TRUE(time) << text;
  return time ? *time : Instant();
}

// A hit that owns its texts.
struct ToldHit {
  Position number = 0;
  Instant time;
  std::string path = "/";
  std::string query{}, referrer{}, event{};
  Kind kind = Kind::load;
  Source source = Source::script;
  bool interactive = true;
  std::string ip = "203.0.113.9";
  std::string user_agent = "Firefox";
  std::string session{}, visitor{}, props{};

  [[nodiscard]] Hit hit() const {
    Hit hit;
    hit.time = time;
    hit.site = "example.com";
    hit.path = path;
    hit.query = query;
    hit.referrer = referrer;
    hit.event = event;
    hit.kind = kind;
    hit.source = source;
    hit.interactive = interactive;
    hit.user_agent = user_agent;
    hit.session = session;
    hit.visitor = visitor;
    hit.props = props;
    return hit;
  }
};

// "Firefox 3 bot": a browser, its version, and whether it is one.
class NumberedAgents final : public UserAgents {
 public:
  [[nodiscard]] UserAgentFacts classify(std::string_view user_agent) const override {
    ++asked;
    UserAgentFacts facts;
    const std::size_t space = user_agent.find(' ');
    facts.browser = user_agent.substr(0, space);
    if (space != std::string_view::npos) facts.browser_version = user_agent.substr(space + 1, 1);
    facts.os = user_agent.size() % 2 == 0 ? "Linux" : "";
    facts.device = user_agent.empty() ? "" : "desktop";
    if (user_agent.ends_with("bot")) facts.bot = "crawler: test";
    return facts;
  }
  [[nodiscard]] std::string lists() const override { return "made up"; }
  mutable int asked = 0;
};

struct StatsWorld {
  NumberedAgents agents;
  FakeReferrers referrers;

  [[nodiscard]] StatsKnowledge knowledge() const { return {agents, referrers, {7, 9}}; }
  [[nodiscard]] StatsVisits visits() const { return StatsVisits("example.com", knowledge()); }
};

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  int below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random_); }
  int skewed(int end) { return std::min(below(end), below(end)); }
  bool chance(double part) { return std::uniform_real_distribution<double>()(random_) < part; }
  std::mt19937& random() { return random_; }
  template <typename T>
  const T& of(const std::vector<T>& things) {
    return things[static_cast<std::size_t>(below(static_cast<int>(things.size())))];
  }

 private:
  std::mt19937 random_;
};

// An id as ours are: 11 or 22 characters of base64url.
inline std::string id_of(const std::string& what, std::size_t size) {
  std::string id = to_base64url(bytes_of(what));
  id.resize(size, '-');
  return id;
}

// About `hits` of them, from `first` on for so many days, in no order.
inline std::vector<ToldHit> days_of_visits(Dice& dice, Day first, int days, std::size_t hits) {
  std::vector<ToldHit> told;
  int sessions = 0;
  while (told.size() < hits) {
    ++sessions;
    const int person = dice.below(static_cast<int>(hits / 8) + 2);
    const bool is_given = dice.chance(0.05);
    const bool is_bot = person % 9 == 0;
    ToldHit hit;
    hit.time = Instant(first) + std::chrono::milliseconds(dice.below(days * 86'400) * 1'000LL + dice.below(1'000));
    hit.ip = "198.51.100." + std::to_string(person % 40);
    hit.user_agent = (person % 3 == 0 ? "Firefox " : "Chrome ") + std::to_string(person % 5) + (is_bot ? " bot" : "");
    if (dice.chance(0.05)) hit.user_agent = "";
    const int shape = dice.below(20);
    const int many = 1 + dice.skewed(dice.chance(0.1) ? 20 : 6);
    hit.referrer = dice.chance(0.3)   ? "https://search.example/"
                   : dice.chance(0.3) ? "https://elsewhere.example/" + std::to_string(dice.below(5))
                                      : "";
    if (dice.chance(0.2)) {
      hit.query = "utm_source=letter&utm_medium=email&utm_campaign=c" + std::to_string(dice.below(3));
    }
    for (int i = 0; i < many; ++i) {
      const std::string day = to_date(day_of(hit.time));
      // The salt is new each day, and so is the visitor; one that a caller gave stays.
      hit.visitor = is_given ? "user-" + std::to_string(person) : id_of(std::to_string(person) + day.substr(5), 11);
      hit.session = shape < 12    ? id_of("session" + std::to_string(sessions), 22)
                    : shape < 18  ? hit.visitor
                    : shape == 18 ? "given " + std::to_string(person)
                                  // One that looks like a visitor, and is another.
                                  : id_of(std::to_string(person / 2 + 1) + day.substr(5), 11);
      hit.number = static_cast<Position>(dice.random()()) << 20U | static_cast<Position>(told.size());
      hit.path = "/" + std::string(1, static_cast<char>('a' + dice.skewed(9)));
      hit.event.clear();
      hit.interactive = true;
      hit.kind = static_cast<Kind>(dice.chance(0.8) ? 0 : dice.below(5));
      hit.source = static_cast<Source>(dice.below(5));
      if (dice.chance(0.2)) {
        hit.kind = Kind::event;
        hit.event = dice.chance(0.5) ? "signup" : "download";
        hit.interactive = dice.chance(0.5);
      }
      if (dice.chance(0.01)) hit.user_agent = "Firefox 9 bot";
      if (hit.time < Instant(first + std::chrono::days(days))) told.push_back(hit);
      // Sessions of ours end within two hours; a given one may last for days.
      hit.time += std::chrono::milliseconds(dice.chance(0.1) ? 0 : dice.below(360'000));
      if (shape == 18 && dice.chance(0.3)) hit.time += std::chrono::hours(dice.below(20));
      hit.referrer = "https://example.com/";
      hit.query.clear();
    }
  }
  std::shuffle(told.begin(), told.end(), dice.random());
  return told;
}

}  // namespace footfall
