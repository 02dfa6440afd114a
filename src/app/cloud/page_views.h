// How often pages were viewed, of all time: sums of the days that are over and packs of the days that are open.
//
// What was read of a day is kept: a question reads what came since, and, once in a while, which days have sums now.
// One thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "app/cloud/day_packs.h"
#include "app/cloud/site_days.h"
#include "app/counters.h"

namespace footfall {

class PageViews {
 public:
  // All outlive it. `key`: any secret, for strangers choose the paths.
  PageViews(ItemTable& table, const Compression& compression, const Clock& clock, const SipKey& key)
      : table_(table),
        compression_(compression),
        clock_(clock),
        key_(key),
        calendar_(table, {}, clock),  // days whose visits have left count on
        packs_(table, compression) {}

  // Of a path, or of all (total_key). Nothing: never viewed.
  //   errors  unsupported  a day had so many pages that not all of them were kept, and this may be one of those
  //           unavailable, corrupt
  Result<std::optional<std::uint64_t>> of(std::string_view site, std::string_view key);
  // Of every path, ascending, the total first. Errors: as above.
  Result<std::vector<std::pair<std::string, std::uint64_t>>> all(std::string_view site);

 private:
  struct OpenDay {
    DayPacks::Place place;
    std::unordered_set<Position> numbers;
  };
  struct OfSite {
    explicit OfSite(const SipKey& key) : summed(0, KeyedHash{key}), open(0, KeyedHash{key}) {}
    Instant looked;                   // when the days were asked for
    std::map<Day, std::string> runs;  // of the days whose sums are in `summed`
    TextMap<std::uint64_t> summed;    // by path
    std::uint64_t summed_total = 0;
    bool incomplete = false;  // a day had more pages than its sums name
    std::map<Day, OpenDay> open_days;
    TextMap<std::uint64_t> open;
    std::uint64_t open_total = 0;
  };
  Result<OfSite*> now(std::string_view site);
  Result<Done> look_at_days(OfSite& of_site, std::string_view site);
  Result<Done> add_sums(OfSite& of_site, std::string_view site, const std::map<Day, SummedDay>& days,
                        std::vector<Day>& open);
  Result<Done> read_open(OfSite& of_site, std::string_view site);

  ItemTable& table_;
  const Compression& compression_;
  const Clock& clock_;
  const SipKey key_;
  SiteCalendar calendar_;
  DayPacks packs_;
  std::map<std::string, OfSite, std::less<>> sites_;
};

}  // namespace footfall
