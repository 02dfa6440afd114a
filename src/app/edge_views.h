// The edge's hits that still wait for the script of their page, so that one view is one hit.
//
// A script that was told the hit's id names it. One whose browser hides the id reports the view as its own; it is the
// edge's when site and path are the same, session or else address and user agent too, and the hit is at most
// edge_view_wait old. Each hit is given out once, the oldest first. Bounded by edge_views_max. One thread at a time
// (app/collector.h). Costs about 0.2 µs a hit.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/siphash.h"
#include "base/time.h"
#include "domain/hit.h"

namespace footfall {

class EdgeViews {
 public:
  explicit EdgeViews(const SipKey& key) : key_(key) {}

  // Positions and moments grow from call to call.
  void add(const Hit& hit, Position position, Instant recorded);
  // The hit that this view reports once more, which then waits no longer.
  std::optional<Position> take(const Hit& view, Instant now);
  // The hit at this position waits no longer: its id was named.
  void consume(Position position);

  [[nodiscard]] std::size_t size() const { return waiting_.size(); }

 private:
  // Entries are numbered by arrival; those that share a key form a chain, the oldest first.
  using Number = std::uint64_t;
  enum Which : std::size_t { by_session, by_visitor };
  struct Waiting {
    Position position = 0;
    Instant recorded;
    std::array<std::uint64_t, 2> keys{};  // by Which; 0: none
    std::array<Number, 2> next{};         // in its chains; 0: the last one
    bool open = true;
  };
  struct Chain {
    Number first = 0;
    Number last = 0;
  };

  [[nodiscard]] std::uint64_t key_of(const Hit& hit, Which which);
  Waiting& at(Number number) { return waiting_[number - first_]; }
  void link(Number number, Which which);
  void unlink_first(std::uint64_t key, Which which);
  std::optional<Position> take(std::uint64_t key, Which which);
  void forget_before(Instant moment);
  void forget_oldest();

  SipKey key_;
  Number first_ = 1;  // of the oldest entry
  std::deque<Waiting> waiting_;
  std::array<std::unordered_map<std::uint64_t, Chain>, 2> chains_;  // by Which
  std::string text_;
};

}  // namespace footfall
