// What can be said about a hit from its user agent, address, referrer and query.
//
// Each distinct text is judged once and remembered; memory is bounded by forgetting all of a kind when it is full,
// which costs a second judgement and nothing else. One thread at a time.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "app/counters.h"
#include "domain/campaign.h"
#include "domain/channel.h"
#include "ports/places.h"
#include "ports/referrers.h"
#include "ports/user_agents.h"
#include "ports/visit_store.h"

namespace footfall {

// The outside knowledge; each outlives the enricher.
struct Knowledge {
  const UserAgents& user_agents;
  const Places& places;
  const Referrers& referrers;
};

class Enricher {
 public:
  Enricher(const Knowledge& knowledge, const SipKey& key);

  // Fills in all but visitor and session. The pointers given stay good until `batch_stored`.
  void enrich(EnrichedHit& hit);
  // The batch is stored: what was judged for it may be forgotten when memory is full.
  void batch_stored();

 private:
  const UserAgentFacts* user_agent(std::string_view text);
  const Place* place(const Address& address);
  const ReferrerFacts* referrer(std::string_view text, std::string_view site);
  const Campaign* campaign(std::string_view query);
  const ReferrerFacts* source(const Hit& hit, const Campaign& campaign);

  Knowledge knowledge_;
  // Nodes of an unordered_map stay where they are when it grows: pointers into them stay good.
  TextMap<UserAgentFacts> user_agents_;
  TextMap<Place> places_;
  TextMap<ReferrerFacts> referrers_;
  TextMap<Campaign> campaigns_;
  std::deque<ReferrerFacts> link_sources_;  // of this batch
  const Campaign no_campaign_{};
  const ReferrerFacts no_referrer_{};
};

}  // namespace footfall
