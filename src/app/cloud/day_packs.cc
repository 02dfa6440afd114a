#include "app/cloud/day_packs.h"

#include <charconv>

#include "app/cloud/table_layout.h"
#include "domain/limits.h"

namespace footfall {
namespace {

// Unpacked. Noise packs into hardly more than it was, and the key wants room beside it.
constexpr std::size_t pack_bytes_max = item_bytes_max - 10'000;
// One visit may be longer than that by itself, and no longer than this.
constexpr std::size_t unpacked_bytes_max = pack_bytes_max + record_bytes_max + 1'000;
// A pack gets its time before it is put, and whoever puts it has a minute at most to do so.
constexpr std::chrono::minutes arrives_within{2};

// The end of the days of a site as they are known by their packs: from the time in the key of the last.
std::string some_time_before(std::string_view sk) {
  std::int64_t milliseconds = 0;
  const auto [end, problem] =
      std::from_chars(sk.data(), sk.data() + std::min<std::size_t>(sk.size(), 13), milliseconds);
  if (problem != std::errc()) return {};
  return pack_time(instant_of(milliseconds) - arrives_within);
}

}  // namespace

std::vector<std::string> to_packs(std::span<const NumberedHit> visits, const Compression& compression) {
  std::vector<std::string> packs = to_bytes(visits, pack_bytes_max);
  for (std::string& pack : packs) pack = compression.pack(pack);
  return packs;
}

Result<VisitMessage> read_pack(std::string_view pack, const Compression& compression) {
  const Error corrupt{ErrorCode::corrupt, "a pack of visits is damaged"};
  const auto bytes = compression.unpack(pack, unpacked_bytes_max);
  if (!bytes) return corrupt;
  auto visits = VisitMessage::of_bytes(*bytes);
  if (!visits) return corrupt;
  return visits;
}

Result<Done> DayPacks::read(std::string_view site, Day day, Place& place,
                            const std::function<Result<Done>(const NumberedHit&)>& take) {
  ItemQuery query;
  query.partition = pack_partition(site, day);
  query.sk_from = place.arrived_from;
  // Page by page: a day may be larger than what should be held at once.
  query.items_max = 100;
  while (true) {
    const auto items = table_.query(query);
    if (!items) return items.error();
    for (const Item& item : *items) {
      const auto visits = read_pack(item.bytes("data"), compression_);
      if (!visits) return visits.error();
      for (const NumberedHit& visit : visits->hits()) {
        if (auto taken = take(visit); !taken) return taken;
      }
      place.arrived_from = some_time_before(item.key.sk);
    }
    if (items->size() < query.items_max) return Done{};
    // The first after the last.
    query.sk_from = items->back().key.sk + " ";
  }
}

}  // namespace footfall
