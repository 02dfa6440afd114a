// The packs of a day: visits of one site and one day (UTC), many to an item, as they arrived.
//
// A pack is put once and never changed. Two may hold the same visit; it has the same number in both.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/cloud/visit_message.h"
#include "base/result.h"
#include "base/time.h"
#include "ports/compression.h"
#include "ports/item_table.h"

namespace footfall {

// Each within what an item holds.
std::vector<std::string> to_packs(std::span<const NumberedHit> visits, const Compression& compression);
// Error: corrupt.
Result<VisitMessage> read_pack(std::string_view pack, const Compression& compression);

// One thread at a time.
class DayPacks {
 public:
  // All outlive it.
  DayPacks(ItemTable& table, const Compression& compression) : table_(table), compression_(compression) {}

  // Where reading ended: packs that come later are behind it.
  struct Place {
    std::string arrived_from;  // as in the keys; empty: the beginning
  };
  // Hands over every visit in the packs of the day from `place` on, some of them more than once, and moves `place` on.
  // The view lives as long as the call. An error of `take` ends it, and is handed on.
  //   errors  unavailable
  //           corrupt      a pack is damaged
  Result<Done> read(std::string_view site, Day day, Place& place,
                    const std::function<Result<Done>(const NumberedHit&)>& take);

 private:
  ItemTable& table_;
  const Compression& compression_;
};

}  // namespace footfall
