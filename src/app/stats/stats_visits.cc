#include "app/stats/stats_visits.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "app/visit_source.h"
#include "base/check.h"
#include "domain/campaign.h"
#include "domain/stats_rules.h"

namespace footfall {
namespace {

// Distinct texts remembered of each kind, while judging.
constexpr std::uint32_t judged_max = 50'000;
constexpr std::size_t slots_min = 1'024;

}  // namespace

template <typename Row>
std::uint32_t StatsVisits::Rows<Row>::number(const Row& row) {
  static_assert(std::is_trivially_copyable_v<Row> && sizeof(Row) == sizeof(Key));
  Key key;
  std::memcpy(key.data(), &row, sizeof row);
  const auto [found, is_new] = numbers.try_emplace(key, static_cast<std::uint32_t>(rows.size()));
  if (is_new) rows.push_back(row);
  return found->second;
}

StatsVisits::StatsVisits(std::string site, const StatsKnowledge& knowledge, FirstBy first_by)
    : site_(std::move(site)),
      knowledge_(knowledge),
      first_by_(first_by),
      texts_(knowledge.key),
      sessions_(knowledge.key),
      visitors_(knowledge.key),
      judged_agents_(knowledge.key),
      judged_queries_(knowledge.key) {
  const std::uint32_t none = texts_.number("");
  FOOTFALL_ASSERT(none == 0);
  // The labels have numbers, so that a text which happens to be one of them is the same label.
  for (const std::string_view label : {label_not_set, label_direct, label_none}) texts_.number(label);
  for (std::size_t i = 0; i < kinds_.size(); ++i) kinds_.at(i) = texts_.number(name_of(static_cast<Kind>(i)));
  for (std::size_t i = 0; i < sources_.size(); ++i) sources_.at(i) = texts_.number(name_of(static_cast<Source>(i)));
}

bool StatsVisits::add(Position number, const Hit& hit, std::string_view ip) {
  if (std::size_t{size_} * 2 >= slots_.size()) grow();
  const std::size_t slot = slot_of(number);
  if (slots_[slot] != 0) return false;
  if (size_ % block_hits == 0) blocks_.push_back(std::make_unique<StatsHit[]>(block_hits));
  StatsHit& row = blocks_[size_ / block_hits][size_ % block_hits];
  slots_[slot] = ++size_;
  row.number = number;
  row.time = hit.time;
  row.path = texts_.number(hit.path);
  row.event = texts_.number(hit.event.empty() ? label_pageview : hit.event);
  row.props = texts_.number(hit.props);
  row.address = address_of(hit, ip);
  row.agent = agent_of(hit.user_agent);
  row.origin = origin_of(hit.referrer, hit.query);
  row.session = sessions_.number(hit.session.empty() ? hit.visitor : hit.session);
  row.visitor = visitors_.number(hit.visitor);
  row.kind = hit.kind;
  row.source = hit.source;
  row.interactive = hit.interactive;
  row.is_bot = agents_.rows[row.agent].bot != 0;
  return true;
}

bool StatsVisits::add_engagement(Position number, Instant time, std::uint32_t engaged_ms, std::uint8_t scroll_depth) {
  FOOTFALL_ASSERT(knowledge_.engagement);
  if (size_ == 0) return false;
  const std::size_t slot = slot_of(number);
  if (slots_[slot] == 0) return false;
  engaged_.push_back({slots_[slot] - 1, engaged_ms, time, scroll_depth});
  return true;
}

std::size_t StatsVisits::slot_of(Position number) const {
  const std::size_t mask = slots_.size() - 1;
  // Numbers are random or grow one by one: either way, multiplying spreads them.
  std::size_t slot = ((number * 0x9e3779b97f4a7c15ULL) >> 20U) & mask;
  while (slots_[slot] != 0 && hit(slots_[slot] - 1).number != number) slot = (slot + 1) & mask;
  return slot;
}

void StatsVisits::grow() {
  slots_.assign(std::max(slots_min, slots_.size() * 2), 0);
  for (std::uint32_t i = 0; i < size_; ++i) slots_[slot_of(hit(i).number)] = i + 1;
}

std::uint32_t StatsVisits::agent_of(std::string_view user_agent) {
  if (const auto judged = judged_agents_.find(user_agent)) return agent_of_judged_[*judged];
  if (judged_agents_.size() >= judged_max) {
    judged_agents_.clear();
    agent_of_judged_.clear();
  }
  const UserAgentFacts facts = knowledge_.user_agents.classify(user_agent);
  const std::uint32_t agent =
      agents_.number({texts_.number(facts.browser), texts_.number(facts.browser_version), texts_.number(facts.os),
                      texts_.number(facts.os_version), texts_.number(facts.device), texts_.number(facts.bot)});
  judged_agents_.number(user_agent);
  agent_of_judged_.push_back(agent);
  return agent;
}

std::uint32_t StatsVisits::origin_of(std::string_view referrer, std::string_view query) {
  if (judged_queries_.size() >= judged_max || judged_origins_.size() >= judged_max) {
    judged_queries_.clear();
    judged_origins_.clear();
  }
  const std::uint32_t referrer_number = texts_.number(referrer);
  const std::uint64_t key = std::uint64_t{referrer_number} << 32U | judged_queries_.number(query);
  if (const auto judged = judged_origins_.find(key)) return *judged;
  return judged_origins_.insert(key, judged_origin(referrer_number, query)).first;
}

std::uint32_t StatsVisits::judged_origin(std::uint32_t referrer, std::string_view query) {
  const Campaign campaign = parse_campaign(query);
  const ReferrerFacts source = source_of(knowledge_.referrers, texts_.text(referrer), site_, campaign);
  const Channel channel = channel_of(source.source, source.medium, campaign);
  return origins_.number({referrer, texts_.number(source.source), texts_.number(name_of(channel)),
                          texts_.number(campaign.source), texts_.number(campaign.medium),
                          texts_.number(campaign.campaign), texts_.number(campaign.content),
                          texts_.number(campaign.term)});
}

std::uint32_t StatsVisits::address_of(const Hit& hit, std::string_view ip) {
  Address address{texts_.number(ip), 0, 0, 0};
  if (knowledge_.places != nullptr) {
    const Place place = knowledge_.places->locate(hit.ip);
    address.country = texts_.number(place.country);
    address.region = texts_.number(place.region);
    address.city = texts_.number(place.city);
  }
  return addresses_.number(address);
}

}  // namespace footfall
