// Made-up visitors of one site that behave like real ones, for benchmarks and sizes.
//
// People return, some on the same day; a session has five hits on average, with pauses of about a minute; sessions
// overlap; pages, referrers, user agents and countries follow Zipf's law; most hits within a session were referred by
// the page before. The same seed gives the same traffic. One thread.
#pragma once

#include <cstdint>
#include <queue>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "ports/visit_store.h"

namespace footfall {

class Traffic {
 public:
  struct Shape {
    std::uint64_t hits = 1'000'000;  // in all, spread over `days`
    unsigned days = 90;
    std::size_t paths = 5'000;
    std::size_t external_referrers = 20'000;
    std::size_t user_agents = 560;
    double events = 0.05;      // part of the hits that are custom events
    double engagements = 0.5;  // page views that are followed by an engagement
    std::uint64_t seed = 1;
  };

  explicit Traffic(const Shape& shape);

  // The next `hits` hits and what belongs to them. Everything lives until the next call.
  StoreBatch next(std::size_t hits);

 private:
  struct Person {
    Address address;
    std::size_t user_agent = 0;
    std::size_t place = 0;
    std::int64_t visitor_day = -1;
    VisitorNumber visitor = 0;
  };
  struct Visit {
    std::int64_t next = 0;  // milliseconds
    std::size_t person = 0;
    SessionNumber session = 0;
    std::size_t page = 0;  // the last one; paths.size() before the first
    bool operator>(const Visit& other) const { return next > other.next; }
  };

  std::size_t zipf(const std::vector<double>& sums);
  double uniform() { return std::uniform_real_distribution<double>()(random_); }
  void begin_visit();
  void add_hit(Visit& visit);

  Shape shape_;
  std::mt19937_64 random_;
  std::string site_ = "example.com";
  std::vector<std::string> paths_, titles_, internal_referrers_, external_referrers_, user_agents_, queries_, props_;
  std::vector<double> path_sums_, referrer_sums_, user_agent_sums_, place_sums_, query_sums_;
  std::vector<UserAgentFacts> user_agent_facts_;
  std::vector<ReferrerFacts> referrer_facts_;
  std::vector<Place> places_;
  std::vector<Campaign> campaigns_;
  ReferrerFacts direct_;
  Campaign no_campaign_;

  std::vector<Person> people_;
  std::priority_queue<Visit, std::vector<Visit>, std::greater<>> visits_;
  std::int64_t next_arrival_ = 0;
  double arrival_gap_ = 0;  // mean, milliseconds
  VisitorNumber next_visitor_ = 1;
  SessionNumber next_session_ = 1;
  Position position_ = 0;

  std::vector<EnrichedHit> hits_;
  std::vector<MatchedEngagement> engagements_;
  std::vector<NewVisitor> new_visitors_;
  std::vector<NewSession> new_sessions_;
};

}  // namespace footfall
