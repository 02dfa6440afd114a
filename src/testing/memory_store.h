// A VisitStore in memory, for tests of what writes to one.
//
// testing/store_contract.h holds it to what the real store does. Besides, a test can make it fail where DuckDB does.
// Any thread may look at it while another writes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "domain/visit_row.h"
#include "ports/visit_store.h"

namespace footfall {

// A hit as it rests in a store, with texts of its own.
struct StoredVisit {
  Position position = 0;
  Instant time;
  std::string site, path, query, title, event, props;
  std::string id;  // given by the caller
  std::string ip, user_agent, referrer;
  Kind kind = Kind::load;
  Source source = Source::script;
  bool interactive = true;
  Mark mark = Mark::none;
  VisitorNumber visitor = 0;
  SessionNumber session = 0;
  Place place;
  UserAgentFacts facts;
  std::string referrer_source, referrer_medium;
  std::string utm_source, utm_medium, utm_campaign, utm_content, utm_term;
  Channel channel = Channel::direct;

  friend bool operator==(const StoredVisit&, const StoredVisit&) = default;
};
StoredVisit stored(const EnrichedHit& hit);

DroppedRow stored(const DroppedHit& dropped);

class MemoryStore final : public VisitStore {
 public:
  Result<Position> offset() override;
  Result<Done> commit(const StoreBatch& batch) override;
  Result<std::uint64_t> forget_dropped(Instant before) override;
  Result<std::uint64_t> erase(std::span<const Erasure> erasures, Position from, Position to) override;
  Result<Done> has_room_to_erase() override;
  Result<std::vector<Pruned>> count_expired(std::span<const Expiry> expiries) override;
  Result<std::vector<Pruned>> prune(std::span<const Expiry> expiries) override;
  Result<Position> checkpoint() override;
  Result<Done> reopen() override;
  Result<ProcessorState> processor_state(Day visitors_since, Instant sessions_since) override;
  Result<CounterTotals> counter_totals() override;
  Result<CounterMemory> counter_memory(Instant once_since) override;
  Result<bool> has_import(std::string_view site, std::string_view block) override;
  [[nodiscard]] StoreHealth health() const override;

  // --- What a test sees ---

  [[nodiscard]] std::vector<StoredVisit> visits() const;
  [[nodiscard]] std::vector<MatchedEngagement> engagements() const;
  // Of the counter, within the time: how much it grew.
  [[nodiscard]] std::uint64_t increased(std::string_view site, std::string_view key, std::optional<Instant> from,
                                        std::optional<Instant> to) const;
  [[nodiscard]] std::vector<DroppedRow> dropped() const;
  [[nodiscard]] Position checkpointed() const;

  // --- What a test does to it ---

  enum class CommitFault : std::uint8_t {
    none,
    refused,  // unavailable, and nothing is stored
    lost,     // unknown_result, and nothing is stored
    kept,     // unknown_result, and all is stored
  };
  void fail_next_commit(CommitFault fault);
  void refuse_checkpoints(bool refuse);
  void refuse_reopening(bool refuse);
  void refuse_erasing(bool refuse);  // unavailable
  // The next reopening finds what the last checkpoint left, as when the log is damaged.
  void damage_log();

 private:
  struct Kept {
    Position offset = 0;
    std::vector<StoredVisit> visits;
    std::vector<MatchedEngagement> engagements;
    struct Increased {
      CounterValue value;  // by how much
      std::uint64_t number = 0;
      std::uint64_t who = 0;
      Instant time;
    };
    std::vector<Increased> increments;
    std::vector<std::pair<Position, CounterMemory::Settings>> settings;
    std::vector<CounterMemory::Win> wins;
    std::vector<CounterMemory::Claimed> claims;
    std::vector<ProcessorState::Visitor> visitors;
    std::vector<std::pair<SessionNumber, std::string>> given_sessions;
    std::set<std::pair<std::string, std::string>> imports;
    std::vector<DroppedRow> dropped;
    std::vector<CounterValue> gone_views;  // one each
    VisitorNumber last_visitor = 0;        // ever given
    SessionNumber last_session = 0;
    Position erased = 0;

    void add(const StoreBatch& batch);
    // Takes out the rows for which `goes` holds, and what nothing else points to; how many they were.
    std::uint64_t remove(const std::function<bool(const StoredVisit&)>& goes);
    // What of a row has expired; with `now`, it goes.
    std::vector<Pruned> expire(std::span<const Expiry> expiries, bool now);
  };
  struct State {
    Kept now;
    Kept checkpointed;
    CommitFault commit_fault = CommitFault::none;
    bool broken = false;  // until it is reopened
    bool checkpoints_refused = false;
    bool reopening_refused = false;
    bool erasing_refused = false;
    bool log_damaged = false;
    StoreHealth health;
  };
  Guarded<State> state_;
};

}  // namespace footfall
