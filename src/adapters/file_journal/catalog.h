// Which segments there are, how far they are good, and what in them was found damaged.
//
// Shared by the flusher that writes, the readers, and the housekeeper that removes; every call is one short lock.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "adapters/file_journal/frame.h"
#include "base/guarded.h"
#include "ports/journal.h"

namespace footfall {

struct Segment {
  SegmentHeader header;
  std::uint64_t file_bytes = 0;
  std::uint64_t limit = 0;  // frames are looked for below this offset
  Position end = 0;         // the position after its last record, as far as it is durable
  bool newest = false;      // the one that grows; its limit and end move
};

class Catalog {
 public:
  // In the order of their positions; the end of each is the beginning of the next.
  void add(const Segment& segment);
  // What the newest segment holds now.
  void grow(std::uint64_t limit, Position end);
  void remove_oldest();

  // The segment that holds `position`; the next later one where there is none; the newest beyond the end.
  [[nodiscard]] std::optional<Segment> holding(Position position) const;
  // The one whose header says `first`, as it is now; none when it has been removed.
  [[nodiscard]] std::optional<Segment> beginning_at(Position first) const;
  // The one after it.
  [[nodiscard]] std::optional<Segment> after(Position first) const;
  [[nodiscard]] std::optional<Segment> oldest() const;
  [[nodiscard]] std::vector<Segment> all() const;
  // Behind the last record that may be read.
  [[nodiscard]] Position end() const;

  // Notes a damaged stretch once, however many readers come by. True for the first of them.
  bool note_damage(Position segment, std::uint64_t offset, const DamagedStretch& stretch);
  struct Damage {
    std::uint64_t stretches = 0;
    std::vector<DamagedStretch> newest;  // damaged_stretches_max of them at most
  };
  [[nodiscard]] Damage damage() const;

 private:
  struct State {
    std::deque<Segment> segments;
    std::set<std::pair<Position, std::uint64_t>> damaged_at;
    Damage damage;
  };
  Guarded<State> state_;
};

}  // namespace footfall
