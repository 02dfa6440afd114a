// Where visits rest. The processor writes; offset and rows change together or not at all.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/campaign.h"
#include "domain/channel.h"
#include "domain/hit.h"
#include "domain/kept_address.h"
#include "domain/record.h"
#include "ports/places.h"
#include "ports/referrers.h"
#include "ports/user_agents.h"

namespace footfall {

// Visitors and sessions are numbered from 1 by first appearance: dense numbers keep the store small and fast.
using VisitorNumber = std::uint32_t;
using SessionNumber = std::uint32_t;

// A hit with all that the processor found out. Pointers are never null and live as long as the batch.
struct EnrichedHit {
  Position position = 0;
  Hit hit;
  VisitorNumber visitor = 0;
  SessionNumber session = 0;
  StoredAddress address;  // what is kept of hit.ip, which itself goes no further
  const Place* place = nullptr;
  const UserAgentFacts* user_agent = nullptr;
  const ReferrerFacts* referrer = nullptr;  // the visit's source: what its link says, else what its referrer is
  const Campaign* campaign = nullptr;
  Channel channel = Channel::direct;
};

// Engagement, matched to the page view it completes.
struct MatchedEngagement {
  Position hit = 0;
  Instant time;
  SessionNumber session = 0;
  std::uint32_t engaged_ms = 0;
  std::uint8_t scroll_depth = 255;
};

// What the page's script told of an edge's hit that is in the store already. Empty text: leave what is there.
struct StoredCompletion {
  Position hit = 0;
  std::string_view title;
  std::string_view props;
};

// A hit that policy dropped: a row of the quarantine. Visitor and session of its hit are 0.
struct DroppedHit {
  EnrichedHit hit;
  DropReason reason = DropReason::foreign_origin;
  std::uint32_t rules = 0;
};

struct StoredIncrement {
  Position position = 0;
  Increment increment;
};
struct StoredCounterChange {
  Position position = 0;
  CounterChange change;
};
struct StoredClaim {
  Position position = 0;
  Claim claim;
};

// A visitor seen for the first time. `key` is the caller's own id, or empty.
struct NewVisitor {
  VisitorNumber number = 0;
  std::string_view site;
  Day day;
  std::uint64_t hash = 0;
  std::string_view key;
};
// A session seen for the first time whose id came with the hit. (Others need no more than their number.)
struct NewSession {
  SessionNumber number = 0;
  std::string_view key;
};

// What became of the records [from, to) of the journal.
struct StoreBatch {
  Position from = 0;
  Position to = 0;
  std::span<const EnrichedHit> hits;
  std::span<const MatchedEngagement> engagements;
  std::span<const StoredIncrement> increments;
  std::span<const ImportMark> import_marks;
  std::span<const NewVisitor> visitors;
  std::span<const NewSession> sessions;
  std::span<const StoredCounterChange> counter_changes{};
  std::span<const StoredClaim> claims{};
  std::span<const StoredCompletion> completions{};
  std::span<const DroppedHit> dropped{};
  // Dropped hits that are among `hits` now: they leave the quarantine. Ascending.
  std::span<const Position> readmitted{};
};

// What of a site's rows has been kept for long enough. Nothing: it is kept for ever.
struct Expiry {
  std::string site;
  std::optional<Instant> visits;       // rows before it go
  std::optional<Instant> addresses;    // the addresses of rows before it go; the rows, and their place, stay
  std::optional<Instant> user_agents;  // likewise their user agents; browser, system and device stay
};
struct Pruned {
  std::string site;
  std::uint64_t visits = 0;
  std::uint64_t addresses = 0;
  std::uint64_t user_agents = 0;

  [[nodiscard]] bool nothing() const { return visits == 0 && addresses == 0 && user_agents == 0; }
  friend bool operator==(const Pruned&, const Pruned&) = default;
};

// What the processor needs to go on where it stopped.
struct ProcessorState {
  // Below it the journal may not hold anything any more: what was erased would be found there.
  Position erased = 0;
  VisitorNumber next_visitor = 1;
  SessionNumber next_session = 1;
  struct Visitor {
    VisitorNumber number;
    std::string site;
    Day day;
    std::uint64_t hash;
    std::string key;
  };
  std::vector<Visitor> visitors;  // of the days asked for
  struct Session {
    SessionNumber number;
    VisitorNumber visitor;
    std::string key;
    Instant started;
    Instant last;
    // The newest page view of each path, for engagement that comes later.
    struct View {
      std::string path;
      Position position;
    };
    std::vector<View> views;
  };
  std::vector<Session> sessions;  // that had a hit since the time asked for
};

struct CounterValue {
  std::string site;
  std::string key;
  std::uint64_t value = 0;
  Position first = 0;  // of the records it comes from
};

// How many hits of a site and day (UTC) are in the quarantine.
struct DroppedDay {
  std::string site;
  Day day;
  std::uint64_t hits = 0;
};

// Exact totals up to a position.
struct CounterTotals {
  Position position = 0;            // every record below it is in
  std::vector<CounterValue> paths;  // page views by path
  std::vector<CounterValue> named;  // increments by key; 0 for one that has settings alone
  std::vector<DroppedDay> dropped{};
};

// What else counters remember, up to the same position.
struct CounterMemory {
  struct Settings {
    std::string site, key;
    std::string settings;  // the newest
  };
  // A counter's newest wins (wins_remembered_max), oldest first.
  struct Win {
    std::string site, key;
    std::uint64_t number = 0;
    std::uint32_t rule = 0;
    Instant time;
    std::string session;  // session_hash_bytes, or empty
  };
  // In the order in which they were made.
  struct Claimed {
    std::string site, key;
    std::uint64_t number = 0;
    Instant time;
    bool from_pool = false;
    std::string prize;
  };
  // The newest increments by someone who may count once, oldest first.
  struct Once {
    std::string site, key;
    std::uint64_t who = 0;
    std::uint64_t value = 0;
    Instant time;
  };
  std::vector<Settings> settings;
  std::vector<Win> wins;
  std::vector<Claimed> claims;
  std::vector<Once> once;
};

struct StoreHealth {
  std::uint64_t bytes = 0;
  std::uint64_t log_bytes = 0;  // written since the last checkpoint
  std::uint64_t reopens = 0;
  std::uint64_t checkpoint_failures = 0;
};

// One thread at a time, but for `health`, `has_import` and `has_room_to_erase`, which any thread may call.
class VisitStore {
 public:
  virtual ~VisitStore() = default;

  // The first position that is not in the store.
  virtual Result<Position> offset() = 0;

  // Stores a batch that begins at the offset, rows and new offset in one transaction.
  //   errors  unknown_result  it may or may not be in: `reopen`, then look at the offset
  //           invalid         the batch does not begin at the offset; nothing was stored
  virtual Result<Done> commit(const StoreBatch& batch) = 0;

  // Lets the hits that were dropped before a moment go; tells how many. Errors: as of `commit`; nothing has changed.
  virtual Result<std::uint64_t> forget_dropped(Instant before) = 0;

  // Erases for good what the erasures [from, to) of the journal mean: rows with a position below `from`, and everything
  // that nothing else points to, down to the bytes of the file. Page views keep their place in `counter_totals`, and
  // numbers of visitors and sessions are not given again. Rows and new offset change together; what is stored is in the
  // main file afterwards.
  //   returns  how many rows went
  //   errors   unknown_result  it may or may not have happened: `reopen`, then look at the offset
  //            unavailable     no room on the disk, or the store refused; nothing has changed: try again later
  //            invalid         the offset is not `from`
  //   cost     writes all that stays anew: seconds for a million rows
  virtual Result<std::uint64_t> erase(std::span<const Erasure> erasures, Position from, Position to) = 0;

  // Whether there is room to erase and prune now. Any thread. Error: unavailable.
  virtual Result<Done> has_room_to_erase() = 0;

  // How much is older than it may be, by site in the order given.
  virtual Result<std::vector<Pruned>> count_expired(std::span<const Expiry> expiries) = 0;
  // Lets it go, as `erase` does, and tells how much it was. Errors and cost as there; nothing happens if there is none.
  virtual Result<std::vector<Pruned>> prune(std::span<const Expiry> expiries) = 0;

  // Moves what is committed into the main file; returns the offset that is safe there, below which the journal may go.
  virtual Result<Position> checkpoint() = 0;

  // Drops every handle and opens again; heals what it can (sets a damaged log or file aside). Readers see `unavailable`
  // meanwhile. The offset may be lower afterwards: the journal has the rest.
  virtual Result<Done> reopen() = 0;

  virtual Result<ProcessorState> processor_state(Day visitors_since, Instant sessions_since) = 0;
  virtual Result<CounterTotals> counter_totals() = 0;
  // once_since: whoever counted before it need not be remembered.
  virtual Result<CounterMemory> counter_memory(Instant once_since) = 0;
  // True if the block of 16 bytes is among the imports of the site.
  virtual Result<bool> has_import(std::string_view site, std::string_view block) = 0;

  [[nodiscard]] virtual StoreHealth health() const = 0;
};

}  // namespace footfall
