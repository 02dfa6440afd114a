// Gives each hit its visitor and its session, by number.
//
// A visitor is the keyed hash of the day (domain/visitor.h) or an id that came with the hit; a session is the one that
// came with the hit, or the visitor's own by the two rules (domain/session_rules.h). New ones are numbered by first
// appearance and told to the store with the batch they appear in. One thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "app/salts.h"
#include "domain/record.h"
#include "domain/session_rules.h"
#include "ports/visit_store.h"

namespace footfall {

class VisitTracker {
 public:
  VisitTracker(Salts& salts, const ProcessorState& state);

  struct Tracked {
    VisitorNumber visitor = 0;
    SessionNumber session = 0;
  };
  Tracked track(const Hit& hit, Position position, const SessionRules& rules);

  // The newest page view of the path in the session that the engagement belongs to; nothing if there is none.
  struct Completed {
    Position hit = 0;
    SessionNumber session = 0;
  };
  std::optional<Completed> complete(const Engagement& engagement);

  // What appeared since the last call of `batch_stored`; views stay good until then.
  [[nodiscard]] std::vector<NewVisitor> new_visitors() const;
  [[nodiscard]] std::vector<NewSession> new_sessions() const;
  void batch_stored();

 private:
  struct PageView {
    std::uint64_t path = 0;  // hashed
    Position position = 0;
  };
  struct Session {
    SessionNumber number = 0;
    SessionSpan span;
    std::vector<PageView> views;  // newest last, at most views_max
  };
  struct Visitor {
    VisitorNumber number = 0;
    std::uint32_t generation = 0;
    Session session;          // number 0: none yet
    std::uint64_t given = 0;  // the newest session that came with a hit of the visitor: its hash, 0 for none
  };
  struct GivenSession {
    Session session;
    std::uint32_t generation = 0;
  };
  struct RememberedVisitor {
    VisitorNumber number;
    std::string site;
    Day day;
    std::uint64_t hash;
    std::string key;
  };
  struct RememberedSession {
    SessionNumber number;
    std::string key;
  };

  std::uint64_t hash_of(std::string_view site, std::string_view visitor, const Address& ip, std::string_view user_agent,
                        Day day);
  Visitor& visitor_of(std::uint64_t hash, std::string_view site, std::string_view key, Day day);
  [[nodiscard]] static std::optional<Completed> view_of(const Session& session, std::uint64_t path);
  static void add_view(Session& session, std::uint64_t path, Position position);
  void forget_if_many();
  [[nodiscard]] std::uint64_t path_hash(std::string_view path) const;
  [[nodiscard]] std::uint64_t given_session_hash(std::string_view site, std::string_view session) const;

  Salts& salts_;
  Day salt_day_{};
  SipKey salt_;
  VisitorNumber next_visitor_;
  SessionNumber next_session_;
  std::uint32_t generation_ = 0;
  std::unordered_map<std::uint64_t, Visitor> visitors_;             // by hash, which holds site and day
  std::unordered_map<std::uint64_t, GivenSession> given_sessions_;  // by hash of site and id
  // Deques: growing one moves nothing that a view points to.
  std::deque<RememberedVisitor> new_visitors_;
  std::deque<RememberedSession> new_sessions_;
};

}  // namespace footfall
