#include "app/enricher.h"

#include "app/visit_source.h"

namespace footfall {
namespace {

// Distinct texts remembered of each kind.
constexpr std::size_t remembered_max = 50'000;

template <typename Map, typename Judge>
auto* remembered(Map& map, std::string_view text, Judge&& judge) {
  const auto found = map.find(text);
  return found != map.end() ? &found->second : &map.emplace(std::string(text), judge()).first->second;
}

template <typename Map>
void forget_if_many(Map& map) {
  if (map.size() > remembered_max) map.clear();
}

}  // namespace

Enricher::Enricher(const Knowledge& knowledge, const SipKey& key)
    : knowledge_(knowledge),
      user_agents_(0, KeyedHash{key}),
      places_(0, KeyedHash{key}),
      referrers_(0, KeyedHash{key}),
      campaigns_(0, KeyedHash{key}) {}

void Enricher::enrich(EnrichedHit& hit) {
  hit.user_agent = user_agent(hit.hit.user_agent);
  hit.place = place(hit.hit.ip);
  hit.campaign = campaign(hit.hit.query);
  hit.referrer = source(hit.hit, *hit.campaign);
  hit.channel = channel_of(hit.referrer->source, hit.referrer->medium, *hit.campaign);
}

const ReferrerFacts* Enricher::source(const Hit& hit, const Campaign& campaign) {
  // What the link says differs from visit to visit: only the pages it stood on are remembered.
  if (origin_of(hit.referrer, campaign) == hit.referrer) return referrer(hit.referrer, hit.site);
  return &link_sources_.emplace_back(source_of(knowledge_.referrers, hit.referrer, hit.site, campaign));
}

void Enricher::batch_stored() {
  link_sources_.clear();
  forget_if_many(user_agents_);
  forget_if_many(places_);
  forget_if_many(referrers_);
  forget_if_many(campaigns_);
}

const UserAgentFacts* Enricher::user_agent(std::string_view text) {
  return remembered(user_agents_, text, [&] { return knowledge_.user_agents.classify(text); });
}

const Place* Enricher::place(const Address& address) {
  const std::string_view bytes(reinterpret_cast<const char*>(address.bytes().data()), address.bytes().size());
  return remembered(places_, bytes, [&] { return knowledge_.places.locate(address); });
}

const ReferrerFacts* Enricher::referrer(std::string_view text, std::string_view site) {
  if (text.empty()) return &no_referrer_;
  std::string key(site);
  key.push_back('\n');
  key.append(text);
  return remembered(referrers_, key, [&] { return knowledge_.referrers.classify(text, site); });
}

const Campaign* Enricher::campaign(std::string_view query) {
  if (query.empty()) return &no_campaign_;
  return remembered(campaigns_, query, [&] { return parse_campaign(query); });
}

}  // namespace footfall
