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

  // Of a path, or of all (total_key), or of those pages together that are not told apart (other_key). Nothing: never
  // viewed.
  //   errors  unsupported  on some day there were more pages than are told apart (panel_labels_max), and this was none
  //                        of the most viewed of that day: how often it was viewed then is not known
  //           unavailable, corrupt
  Result<std::optional<std::uint64_t>> of(std::string_view site, std::string_view key);
  // Of every path, ascending, the total first; what is not told apart is under other_key. Errors: unavailable, corrupt.
  Result<std::vector<std::pair<std::string, std::uint64_t>>> all(std::string_view site);

 private:
  struct OpenDay {
    DayPacks::Place place;
    std::unordered_set<Position> numbers;
  };
  struct Summed {
    std::uint64_t views = 0;
    std::uint32_t crowded_days = 0;  // on which it was named all the same
  };
  struct OfSite {
    explicit OfSite(const SipKey& key) : summed(0, KeyedHash{key}), open(0, KeyedHash{key}) {}
    Instant looked;                   // when the days were asked for
    std::map<Day, std::string> runs;  // of the days whose sums are in `summed`
    TextMap<Summed> summed;           // by path
    std::uint64_t summed_total = 0;
    std::uint32_t crowded_days = 0;  // that had more pages than their sums name
    std::map<Day, OpenDay> open_days;
    TextMap<std::uint64_t> open;
    std::uint64_t open_total = 0;
  };
  // How often the path was viewed, if that is known.
  static std::optional<std::uint64_t> known(const OfSite& of_site, std::string_view path);
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
