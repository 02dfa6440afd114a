#include "app/cloud/table_writer.h"

#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/cloud/day_packs.h"
#include "base/text.h"
#include "domain/limits.h"

namespace footfall {

std::string TableWriter::random_text() const {
  std::array<std::byte, 12> bytes{};
  crypto_.random(bytes);
  return to_base64url(bytes);
}

Result<Done> TableWriter::store(std::span<const NumberedHit> visits) {
  const Instant now = clock_.now();
  std::map<std::pair<std::string_view, Day>, std::vector<NumberedHit>> days;
  std::vector<Item> rows;
  std::set<Position> numbers;
  for (const NumberedHit& visit : visits) {
    if (!numbers.insert(visit.number).second) continue;
    // What would leave at once does not come: the day before may be leaving already, and could not be summed again.
    if (layout_.row_days && day_of(visit.hit.time) + std::chrono::days(*layout_.row_days - 1) <= now) continue;
    days[{visit.hit.site, day_of(visit.hit.time)}].push_back(visit);
    if (layout_.rows) rows.push_back(item_of(visit, layout_, crypto_));
  }
  std::vector<Item> packs;
  std::vector<Item> marks;
  for (const auto& [where, of_day] : days) {
    const auto& [site, day] = where;
    for (std::string& pack : to_packs(of_day, compression_)) {
      Item item{{pack_partition(site, day), pack_time(now) + "#" + random_text()},
                {{"data", ItemBytes{std::move(pack)}}}};
      // All of a day leave together.
      if (const auto leaves = leaves_at(day + std::chrono::days(1), layout_)) item.values["ttl"] = *leaves;
      packs.push_back(std::move(item));
    }
    if (day == day_of(now)) continue;
    Item mark{{mark_partition(site), key_part(day)}, {{"mark", random_text()}}};
    if (const auto leaves = leaves_at(day + std::chrono::days(3), layout_)) mark.values["ttl"] = *leaves;
    marks.push_back(std::move(mark));
  }
  // Whatever is in a pack is a row already, and whoever reads a mark finds the packs there.
  for (const std::vector<Item>* items : {&rows, &packs, &marks}) {
    if (auto put = table_.put_all(*items); !put) return put;
  }
  return Done{};
}

}  // namespace footfall
