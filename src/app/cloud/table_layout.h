// How visits and counters lie in the table: docs/cloud.md.
//
// Every visit is in a pack: visits of one site and day in one item, as they came. Where there are rows, it is one of
// them as well, whose key is made of session, time, address and path, and of the visit's number, so that two visits of
// one millisecond are two rows and one visit is one row however often it is put. Pure but for digests.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/cloud/visit_message.h"
#include "domain/visit_row.h"
#include "ports/crypto.h"
#include "ports/item_table.h"

namespace footfall {

// SQS keeps a message for two weeks at most: what is recorded now arrives before it leaves.
inline constexpr std::chrono::days row_days_min{15};

struct TableLayout {
  bool rows = true;                    // visits are rows with three indexes, too; false: they are in packs alone
  std::optional<unsigned> row_days{};  // visits leave after so many days; none: never
};

// A text as a part of a key: as it is up to item_name_bytes_max; of a longer one the beginning and its digest. Never
// empty: nothing is "-".
std::string key_part(std::string_view text, const Crypto& crypto);
// "20261121": as a part of a key, days stand in their order.
std::string key_part(Day day);

Item item_of(const NumberedHit& visit, const TableLayout& layout, const Crypto& crypto);
// What an item of a visit says; nothing for any other item.
std::optional<VisitRow> row_of(const Item& item);
// The same of a visit that was in a pack.
VisitRow row_of(const NumberedHit& visit);

// When what is of `time` leaves, in seconds since 1970; none: never.
std::optional<std::int64_t> leaves_at(Instant time, const TableLayout& layout);

// The partition of a session's rows, and the value of each index.
std::string session_partition(std::string_view site, std::string_view session);
std::string ip_value(std::string_view site, std::string_view ip);
std::string path_value(std::string_view site, std::string_view path, const Crypto& crypto);
std::string session_value(std::string_view site, std::string_view session);

// The partition of a day's packs, of the marks of a site's days, and of the sums of its days by what they are cut.
std::string pack_partition(std::string_view site, Day day);
std::string mark_partition(std::string_view site);
std::string sums_partition(std::string_view site, std::string_view panel);
// The time at which a pack arrived stands first in its key: newer ones are behind.
std::string pack_time(Instant arrived);

// The increments of a key, which are one item.
ItemKey increments_key(std::string_view site, std::string_view key, const Crypto& crypto);

}  // namespace footfall
