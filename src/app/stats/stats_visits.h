// Visits of one site in memory, each once, as the numbers need them: rows of numbers, and every text once.
//
// About 70 bytes a visit, and the texts. Each distinct user agent, and each distinct referrer with its query, is judged
// once (but for a second judgement now and then: what was judged is forgotten when there is much of it). Sessions and
// visitors are what the hits say, as texts; a hit without a session has its visitor for one.
//
// One thread at a time while visits are added; any number may read then.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "app/stats/number_map.h"
#include "app/stats/text_table.h"
#include "domain/channel.h"
#include "domain/hit.h"
#include "ports/places.h"
#include "ports/referrers.h"
#include "ports/text_patterns.h"
#include "ports/user_agents.h"

namespace footfall {

// What is known beside the visits; all of it outlives them.
struct StatsKnowledge {
  const UserAgents& user_agents;
  const Referrers& referrers;
  SipKey key;                              // any secret: strangers choose the texts
  const TextPatterns* patterns = nullptr;  // none: filters by `matches` are unsupported
  const Places* places = nullptr;          // none: country, region and city are unsupported
  bool engagement = false;                 // false: nobody tells it, so time_on_page and scroll_depth are unsupported
};

// Which of a visit's hits is its first. Where numbers are random, they only tell hits of one moment apart.
enum class FirstBy : std::uint8_t { time, number };

// One hit. What it refers to stands in the tables of StatsVisits; texts are numbers there, 0 for none.
struct StatsHit {
  Position number = 0;
  Instant time;
  std::uint32_t path = 0;
  std::uint32_t event = 0;  // "pageview" of those without a name
  std::uint32_t props = 0;
  std::uint32_t address = 0;
  std::uint32_t agent = 0;
  std::uint32_t origin = 0;
  std::uint32_t session = 0;  // numbers of their own
  std::uint32_t visitor = 0;
  Kind kind = Kind::load;
  Source source = Source::script;
  bool interactive = true;
  bool is_bot = false;

  [[nodiscard]] bool is_pageview() const { return kind != Kind::event; }
};
static_assert(sizeof(StatsHit) <= 56);

class StatsVisits {
 public:
  explicit StatsVisits(std::string site, const StatsKnowledge& knowledge, FirstBy first_by = FirstBy::time);

  // False: the number was added before, and nothing happens. `ip` is the address as it is kept.
  bool add(Position number, const Hit& hit, std::string_view ip);
  // How long a hit that was added was looked at, and how deep (0 to 100; else not known). False: there is no such hit.
  bool add_engagement(Position number, Instant time, std::uint32_t engaged_ms, std::uint8_t scroll_depth);

  [[nodiscard]] const std::string& site() const { return site_; }
  [[nodiscard]] std::uint32_t size() const { return size_; }

  // --- What questions are answered from ---

  struct Agent {
    std::uint32_t browser, browser_version, os, os_version, device, bot;
  };
  struct Origin {
    std::uint32_t referrer, source, channel, utm_source, utm_medium, utm_campaign, utm_content, utm_term;
  };
  struct Address {
    std::uint32_t ip, country, region, city;
  };
  struct Engaged {
    std::uint32_t hit = 0;
    std::uint32_t ms = 0;
    Instant time;
    std::uint8_t depth = 0;
  };

  [[nodiscard]] const StatsKnowledge& knowledge() const { return knowledge_; }
  [[nodiscard]] const StatsHit& hit(std::uint32_t index) const {
    return blocks_[index / block_hits][index % block_hits];
  }
  [[nodiscard]] const Agent& agent(std::uint32_t index) const { return agents_.rows[index]; }
  [[nodiscard]] const Origin& origin(std::uint32_t index) const { return origins_.rows[index]; }
  [[nodiscard]] const Address& address(std::uint32_t index) const { return addresses_.rows[index]; }
  [[nodiscard]] const std::vector<Engaged>& engaged() const { return engaged_; }
  [[nodiscard]] const TextTable& texts() const { return texts_; }
  [[nodiscard]] const TextTable& sessions() const { return sessions_; }
  [[nodiscard]] const TextTable& visitors() const { return visitors_; }
  [[nodiscard]] std::uint32_t text_of(Kind kind) const { return kinds_.at(static_cast<std::size_t>(kind)); }
  [[nodiscard]] std::uint32_t text_of(Source source) const { return sources_.at(static_cast<std::size_t>(source)); }
  // Whether `a` was collected before `b`.
  [[nodiscard]] bool is_before(const StatsHit& a, const StatsHit& b) const {
    if (first_by_ == FirstBy::time && a.time != b.time) return a.time < b.time;
    return a.number < b.number;
  }

 private:
  static constexpr std::uint32_t block_hits = 4'096;

  // Rows of numbers, each kept once.
  template <typename Row>
  struct Rows {
    static constexpr std::size_t width = sizeof(Row) / sizeof(std::uint32_t);
    using Key = std::array<std::uint32_t, width>;
    struct Hash {
      std::size_t operator()(const Key& key) const {
        std::uint64_t hash = 0;
        for (const std::uint32_t part : key) hash = (hash ^ part) * 0x9e3779b97f4a7c15ULL;
        return hash ^ (hash >> 32U);
      }
    };
    std::uint32_t number(const Row& row);
    std::vector<Row> rows;
    std::unordered_map<Key, std::uint32_t, Hash> numbers;
  };

  // Index of the hit with the number, or of the free slot for it.
  [[nodiscard]] std::size_t slot_of(Position number) const;
  void grow();
  std::uint32_t agent_of(std::string_view user_agent);
  std::uint32_t origin_of(std::string_view referrer, std::string_view query);
  std::uint32_t judged_origin(std::uint32_t referrer, std::string_view query);
  std::uint32_t address_of(const Hit& hit, std::string_view ip);

  std::string site_;
  StatsKnowledge knowledge_;
  FirstBy first_by_;
  std::vector<std::unique_ptr<StatsHit[]>> blocks_;
  std::uint32_t size_ = 0;
  std::vector<std::uint32_t> slots_;  // by number: index + 1; 0 is free; a power of two of them
  TextTable texts_, sessions_, visitors_;
  Rows<Agent> agents_;
  Rows<Origin> origins_;
  Rows<Address> addresses_;
  std::vector<Engaged> engaged_;
  std::array<std::uint32_t, 6> kinds_{};
  std::array<std::uint32_t, 5> sources_{};
  // What was judged: user agents and queries by their texts, origins by referrer and query.
  TextTable judged_agents_, judged_queries_;
  std::vector<std::uint32_t> agent_of_judged_;
  NumberMap judged_origins_;
};

}  // namespace footfall
