// Any question to any visits: the store's SQL answers as the engine that counts in memory does.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>
#include <tuple>

#include "adapters/duckdb/visit_world.h"
#include "adapters/patterns/re2_patterns.h"
#include "app/stats/stats_answer.h"
#include "app/visit_source.h"
#include "base/text.h"
#include "domain/stats_rules.h"

namespace footfall::duckdb {
namespace {

using Operation = StatsFilter::Operation;

// --- What the world knows ---

// Agents and places are numbered: what is known of them follows from their names.
class WorldAgents final : public UserAgents {
 public:
  [[nodiscard]] UserAgentFacts classify(std::string_view user_agent) const override {
    const auto number = parse_unsigned(user_agent.substr(std::min<std::size_t>(6, user_agent.size())));
    const std::uint64_t agent = number.value_or(0);
    UserAgentFacts facts;
    if (agent == 0) return facts;
    facts.browser = agent % 2 == 0 ? "Firefox" : "Chrome";
    facts.browser_version = std::to_string(100 + agent);
    facts.os = agent < 2 ? "" : agent % 3 == 0 ? "Linux" : "Windows";
    facts.os_version = agent < 3 ? "" : std::to_string(agent % 3);
    facts.device = agent % 4 == 0 ? "mobile" : "desktop";
    facts.bot = agent >= 7 ? "crawler: " + std::to_string(agent) : "";
    return facts;
  }
  [[nodiscard]] std::string lists() const override { return "made up"; }
};

class WorldPlaces final : public Places {
 public:
  [[nodiscard]] Place locate(const Address& address) const override {
    const std::string text = address.text();
    const std::size_t place = text.empty() ? 0 : text.size() % 4;
    const std::string number = std::to_string(place);
    return {std::vector<std::string>{"", "CH", "DE", "US"}[place], place == 0 ? "" : "Region " + number,
            place < 2 ? "" : "City " + number};
  }
};

// Some referrers have one name, and each medium some.
class WorldReferrers final : public Referrers {
 public:
  [[nodiscard]] ReferrerFacts classify(std::string_view referrer, std::string_view /*site*/) const override {
    if (!referrer.starts_with("https://site-")) return {};
    const auto from = static_cast<std::size_t>(referrer[13] - '0');
    const std::vector<std::string> mediums{"search", "search", "search", "social", "video", "email", "ai", "referral"};
    return {from < 3 ? "Google" : "site-" + std::to_string(from) + ".example", mediums.at(from)};
  }
};

const WorldAgents world_agents;
const WorldPlaces world_places;
const WorldReferrers world_referrers;
const Re2Patterns world_patterns;

// What is known of a hit from what it says.
void judge(TestHit& hit) {
  const UserAgentFacts agent = world_agents.classify(hit.user_agent);
  std::tie(hit.browser, hit.browser_version, hit.os, hit.os_version, hit.device, hit.bot) =
      std::tie(agent.browser, agent.browser_version, agent.os, agent.os_version, agent.device, agent.bot);
  const Place place = world_places.locate(Address::parse(hit.ip).value_or(Address()));
  std::tie(hit.country, hit.region, hit.city) = std::tie(place.country, place.region, place.city);
  const Campaign campaign = parse_campaign(hit.query);
  std::tie(hit.utm_source, hit.utm_medium, hit.utm_campaign, hit.utm_content, hit.utm_term) =
      std::tie(campaign.source, campaign.medium, campaign.campaign, campaign.content, campaign.term);
  const ReferrerFacts source = source_of(world_referrers, hit.referrer, hit.site, campaign);
  hit.referrer_source = source.source;
  hit.channel = channel_of(source.source, source.medium, campaign);
}

std::string session_of(const VisitWorld& world, std::uint32_t session) {
  const auto given = world.given_sessions().find(session);
  return given != world.given_sessions().end() ? given->second
                                               : test_ids().number_id(PublicIds::What::session, session);
}
std::string visitor_of(const VisitWorld& world, std::uint32_t visitor) {
  const auto given = world.given_visitors().find(visitor);
  return given != world.given_visitors().end() ? given->second
                                               : test_ids().number_id(PublicIds::What::visitor, visitor);
}

// The same visits, for the engine.
StatsVisits visits_of(const VisitWorld& world, const std::string& site) {
  StatsVisits visits(site, {world_agents, world_referrers, {1, 2}, &world_patterns, &world_places, true},
                     FirstBy::number);
  for (const TestHit& told : world.hits()) {
    if (told.site != site) continue;
    const std::string session = session_of(world, told.session);
    const std::string visitor = visitor_of(world, told.visitor);
    const std::string props = VisitWorld::json_of(told.props);
    Hit hit;
    hit.time = told.time;
    hit.site = told.site;
    hit.path = told.path;
    hit.query = told.query;
    hit.referrer = told.referrer;
    hit.event = told.event;
    hit.kind = told.kind;
    hit.source = told.source;
    hit.interactive = told.interactive;
    hit.ip = Address::parse(told.ip).value_or(Address());
    hit.user_agent = told.user_agent;
    hit.session = session;
    hit.visitor = visitor;
    hit.props = props;
    EXPECT_TRUE(visits.add(told.position, hit, told.ip));
    for (const Engaged& engaged : told.engaged) {
      EXPECT_TRUE(visits.add_engagement(told.position, engaged.time, engaged.ms, engaged.depth));
    }
  }
  return visits;
}

// --- Chance ---

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  int below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random_); }
  // Small numbers come more often.
  int skewed(int end) { return std::min(below(end), below(end)); }
  bool chance(double part) { return std::uniform_real_distribution<double>()(random_) < part; }
  template <typename T>
  const T& of(const std::vector<T>& things) {
    return things[static_cast<std::size_t>(below(static_cast<int>(things.size())))];
  }

 private:
  std::mt19937 random_;
};

constexpr int days_told = 6;
const Instant first_day = Day(std::chrono::year(2026) / 10 / 29);

void live(VisitWorld& world, Dice& dice, std::size_t hits_wanted) {
  const std::vector<std::string> sites{"example.com", "example.com", "example.com", "other.example"};
  const std::vector<std::string> names{"signup", "Download", "video play", "outbound"};
  const std::vector<std::string> plans{"pro", "Free", "team"};
  std::uint32_t session = 0;
  std::uint32_t visitor = 0;
  std::vector<TestHit> told;
  while (told.size() < hits_wanted) {
    ++session;
    if (visitor == 0 || dice.chance(0.7)) ++visitor;
    TestHit hit;
    hit.site = dice.of(sites);
    hit.session = session;
    hit.visitor = dice.chance(0.8) ? visitor : 1 + static_cast<std::uint32_t>(dice.below(static_cast<int>(visitor)));
    hit.time = first_day + std::chrono::milliseconds(dice.below(days_told * 86'400) * 1000LL + dice.below(1000));
    hit.ip = dice.chance(0.05)  ? ""
             : dice.chance(0.2) ? "2001:db8::" + std::to_string(dice.below(9) + 1)
                                : "198.51.100." + std::to_string(dice.skewed(40));
    const auto use_agent = [&](int agent) { hit.user_agent = agent == 0 ? "" : "Agent/" + std::to_string(agent); };
    const int agent = dice.skewed(9);
    const int hits = 1 + dice.skewed(dice.chance(0.1) ? 30 : 6);
    for (int i = 0; i < hits; ++i) {
      use_agent(dice.chance(0.03) ? dice.below(9) : agent);
      if (dice.chance(0.02)) hit.visitor = 1 + static_cast<std::uint32_t>(dice.below(static_cast<int>(visitor)));
      hit.kind = static_cast<Kind>(dice.chance(0.75) ? 0 : dice.below(5));
      hit.source = static_cast<Source>(dice.below(5));
      hit.path =
          "/" +
          std::vector<std::string>{
              "", "about", "Blog/a", "blog/b", "blog/c", "pricing", "x", "y"}[static_cast<std::size_t>(dice.skewed(8))];
      hit.event.clear();
      hit.props.clear();
      hit.interactive = true;
      if (dice.chance(0.15)) {
        hit.kind = Kind::event;
        hit.event = dice.of(names);
        hit.interactive = dice.chance(0.6);
      }
      if (dice.chance(0.2)) hit.props["plan"] = dice.of(plans);
      if (dice.chance(0.1)) hit.props["a/b ~\"c\""] = dice.of(plans);
      const bool referred = dice.chance(i == 0 ? 0.6 : 0.1);
      const int from = dice.skewed(8);
      hit.referrer = referred ? "https://site-" + std::to_string(from) + ".example/" : "";
      hit.query.clear();
      if (dice.chance(0.1)) {
        hit.query = "utm_source=" + dice.of(plans) +
                    "&utm_medium=" + dice.of(std::vector<std::string>{"email", "cpc", "banner", "push"});
        if (dice.chance(0.5)) hit.query += "&utm_campaign=launch";
        if (dice.chance(0.3)) hit.query += "&utm_content=top";
        if (dice.chance(0.3)) hit.query += "&utm_term=shoes";
      } else if (dice.chance(0.05)) {
        hit.query = "gclid=1";
      }
      judge(hit);
      hit.engaged.clear();
      if (hit.kind != Kind::event) {
        for (int n = dice.chance(0.5) ? dice.below(3) : 0; n > 0; --n) {
          hit.engaged.push_back({hit.time + std::chrono::seconds(dice.below(900)),
                                 static_cast<std::uint32_t>(dice.below(60'000)),
                                 static_cast<std::uint8_t>(dice.chance(0.8) ? dice.below(101) : 255)});
        }
      }
      told.push_back(hit);
      // Some at the same moment, some long after; a few earlier, as in a log that is out of order.
      hit.time += std::chrono::milliseconds(dice.chance(0.1)    ? 0
                                            : dice.chance(0.05) ? -dice.below(60'000)
                                                                : dice.below(1'200'000));
    }
    if (dice.chance(0.1)) world.give_session(session, "session " + std::to_string(session));
    if (dice.chance(0.1)) world.give_visitor(visitor, "visitor " + std::to_string(visitor));
  }
  // Sessions overlap: the order of positions is about that of time.
  std::stable_sort(told.begin(), told.end(), [](const TestHit& a, const TestHit& b) { return a.time < b.time; });
  for (std::size_t i = 0; i + 1 < told.size(); i += 7) std::swap(told[i], told[i + 1]);
  for (TestHit& hit : told) world.add(std::move(hit));
}

StatsFilter any_filter(Dice& dice, const VisitWorld& world, int depth) {
  StatsFilter filter;
  if (depth > 0 && dice.chance(0.3)) {
    filter.operation = static_cast<Operation>(static_cast<int>(Operation::all) + dice.below(3));
    const int children = filter.operation == Operation::negate ? 1 : 1 + dice.below(3);
    for (int i = 0; i < children; ++i) filter.children.push_back(any_filter(dice, world, depth - 1));
    return filter;
  }
  // Pages are asked for most.
  filter.dimension.dimension = dice.chance(0.3)
                                   ? Dimension::event_page
                                   : static_cast<Dimension>(dice.below(static_cast<int>(Dimension::time_minute)));
  if (filter.dimension.dimension == Dimension::event_props)
    filter.dimension.property = dice.chance(0.7) ? "plan" : "a/b ~\"c\"";
  const bool ids_only = filter.dimension.dimension == Dimension::visit_ip ||
                        filter.dimension.dimension == Dimension::visit_session ||
                        filter.dimension.dimension == Dimension::visit_visitor;
  filter.operation = static_cast<Operation>(dice.below(ids_only ? 2 : 6));
  // Ids are exact, however the rest is compared.
  filter.case_sensitive = ids_only || dice.chance(0.8);
  for (int n = 1 + dice.below(2); n > 0; --n) {
    const TestHit& hit = dice.of(world.hits());
    const std::vector<std::string> texts{hit.path,
                                         hit.event.empty() ? "pageview" : hit.event,
                                         std::string(name_of(hit.kind)),
                                         std::string(name_of(hit.source)),
                                         hit.props.empty() ? "(none)" : hit.props.begin()->second,
                                         hit.path,
                                         hit.path,
                                         hit.referrer_source,
                                         hit.referrer,
                                         std::string(name_of(hit.channel)),
                                         hit.utm_source,
                                         hit.utm_medium,
                                         hit.utm_campaign,
                                         hit.utm_content,
                                         hit.utm_term,
                                         hit.device,
                                         hit.browser,
                                         hit.browser_version,
                                         hit.os,
                                         hit.os_version,
                                         hit.country,
                                         hit.region,
                                         hit.city,
                                         hit.ip,
                                         session_of(world, hit.session),
                                         visitor_of(world, hit.visitor),
                                         hit.bot};
    std::string value = texts.at(static_cast<std::size_t>(filter.dimension.dimension));
    if (value.empty()) value = "(not set)";
    if (dice.chance(0.05)) value = "Direct / None";
    if (!filter.case_sensitive && value.find('(') == std::string::npos) value = to_lower(value);
    const bool partly = filter.operation != Operation::is && filter.operation != Operation::is_not;
    if (partly) {
      value = value.substr(static_cast<std::size_t>(dice.below(static_cast<int>(value.size()))));
      value.resize(std::max<std::size_t>(1, value.size() / 2));
    }
    if (filter.operation == Operation::matches || filter.operation == Operation::matches_not) {
      std::string pattern = dice.chance(0.2) ? "^" : "";
      for (const char c : value) pattern += std::isalnum(static_cast<unsigned char>(c)) ? std::string(1, c) : ".";
      value = pattern + (dice.chance(0.2) ? "$" : "");
    }
    filter.values.push_back(value);
  }
  return filter;
}

StatsQuery any_query(Dice& dice, const VisitWorld& world) {
  StatsQuery query;
  query.site = "example.com";
  query.from = first_day + std::chrono::minutes(dice.chance(0.3) ? dice.below(days_told * 1440) : 0);
  query.to = query.from + std::chrono::minutes(1 + dice.below(days_told * 1440));
  for (int n = 1 + dice.skewed(6); n > 0; --n) query.metrics.push_back(static_cast<Metric>(dice.below(10)));
  for (int n = dice.skewed(4); n > 0; --n) {
    DimensionName name{dice.chance(0.25)
                           ? Dimension::event_page
                           : static_cast<Dimension>(dice.below(static_cast<int>(Dimension::time_month) + 1)),
                       ""};
    if (name.dimension == Dimension::event_props) name.property = dice.chance(0.7) ? "plan" : "a/b ~\"c\"";
    query.dimensions.push_back(name);
  }
  for (int n = dice.skewed(4); n > 0; --n) query.filters.push_back(any_filter(dice, world, 2));
  if (dice.chance(0.4)) query.order.push_back({dice.of(query.metrics), std::nullopt, dice.chance(0.7)});
  if (dice.chance(0.2) && !query.dimensions.empty()) {
    query.order.push_back({std::nullopt, dice.of(query.dimensions), dice.chance(0.5)});
  }
  query.limit = dice.chance(0.5) ? static_cast<std::size_t>(1 + dice.below(12)) : 10'000;
  query.offset = dice.chance(0.2) ? static_cast<std::size_t>(dice.below(6)) : 0;
  query.bots = dice.chance(0.2);
  query.total_rows = dice.chance(0.3);
  return query;
}

// --- Telling what went wrong ---

std::string told(const StatsFilter& filter) {
  constexpr const char* names[]{"is",          "is_not", "contains", "contains_not", "matches",
                                "matches_not", "and",    "or",       "not"};
  std::string text = std::string("[") + names[static_cast<int>(filter.operation)];
  for (const StatsFilter& child : filter.children) text += " " + told(child);
  if (filter.children.empty()) text += " " + text_of(filter.dimension);
  for (const std::string& value : filter.values) text += " '" + value + "'";
  return text + (filter.case_sensitive ? "]" : " any case]");
}

std::string told(const StatsQuery& query) {
  std::string text = to_rfc3339(query.from) + " to " + to_rfc3339(query.to) + ":";
  for (const Metric metric : query.metrics) text += " " + std::string(name_of(metric));
  text += "\n  by";
  for (const DimensionName& name : query.dimensions) text += " " + text_of(name);
  text += "\n  where";
  for (const StatsFilter& filter : query.filters) text += " " + told(filter);
  for (const StatsOrder& by : query.order) {
    text += "\n  order " + (by.metric ? std::string(name_of(*by.metric)) : text_of(*by.dimension)) +
            (by.descending ? " desc" : "");
  }
  return text + "\n  limit " + std::to_string(query.limit) + " offset " + std::to_string(query.offset) +
         (query.bots ? " with bots" : "") + (query.total_rows ? " with total" : "");
}

std::string told(const StatsRow& row) {
  std::string text;
  for (const std::string& dimension : row.dimensions) text += dimension + " | ";
  for (const auto& metric : row.metrics) text += (metric ? std::to_string(*metric) : "nothing") + " ";
  return text;
}

bool is_near(const std::optional<double>& a, const std::optional<double>& b, Metric metric) {
  if (a.has_value() != b.has_value()) return false;
  if (!a) return true;
  // Halves may be rounded either way: the sums are made in another order.
  const double step = metric == Metric::views_per_visit ? 0.01 : metric == Metric::percentage ? 0.1 : 1;
  const bool rounded =
      metric != Metric::visitors && metric != Metric::visits && metric != Metric::pageviews && metric != Metric::events;
  return std::abs(*a - *b) <= (rounded ? 1e-9 * step : 0);
}

void expect_same(const StatsQuery& query, const StatsResult& wanted, const StatsResult& got) {
  EXPECT_EQ(wanted.total_rows, got.total_rows);
  ASSERT_EQ(wanted.rows.size(), got.rows.size());
  for (std::size_t i = 0; i < wanted.rows.size(); ++i) {
    bool same = wanted.rows[i].dimensions == got.rows[i].dimensions;
    for (std::size_t m = 0; m < query.metrics.size(); ++m) {
      same = same && is_near(wanted.rows[i].metrics[m], got.rows[i].metrics[m], query.metrics[m]);
    }
    ASSERT_TRUE(same) << "row " << i << "\n  wanted " << told(wanted.rows[i]) << "\n  got    " << told(got.rows[i]);
  }
}

TEST(StatsProperty, TheStoreAnswersAnyQuestionAsTheEngineInMemoryDoes) {
  const char* given = std::getenv("FOOTFALL_TEST_SEED");
  const unsigned seed = given != nullptr ? static_cast<unsigned>(std::atoi(given)) : 20261121;
  const char* rounds_given = std::getenv("FOOTFALL_TEST_ROUNDS");
  const int rounds = rounds_given != nullptr ? std::atoi(rounds_given) : 200;
  Dice dice(seed);
  VisitWorld world;
  world.forget_texts(0.02);
  live(world, dice, 5'000);
  world.save();
  const StatsVisits visits = visits_of(world, "example.com");
  int asked = 0;
  int filled = 0;
  while (asked < rounds) {
    const StatsQuery query = any_query(dice, world);
    if (!check(query)) continue;
    ++asked;
    SCOPED_TRACE("FOOTFALL_TEST_SEED=" + std::to_string(seed) + " question " + std::to_string(asked) + "\n" +
                 told(query));
    const auto got = world.reader().stats(query);
    ASSERT_TRUE(got) << got.error().what;
    const auto wanted = stats_of(visits, query);
    ASSERT_TRUE(wanted) << wanted.error().what;
    expect_same(query, *wanted, *got);
    if (HasFatalFailure()) return;
    filled += wanted->rows.size() > 1;
  }
  EXPECT_GT(filled, rounds / 10) << "the questions should not be about nothing";
}

}  // namespace
}  // namespace footfall::duckdb
