// How visits and counters lie in the table: docs/cloud.md.
//
// A row's key is made of session, time, address and path, and of the visit's number, so that two visits of one
// millisecond are two rows and one visit is one row however often it is put. Pure but for digests.
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

// SQS keeps a message for two weeks at most. A row that left before would count again when its message comes again.
inline constexpr std::chrono::days row_days_min{15};

struct TableLayout {
  bool session_index = true;           // rows also stand in the index by-session
  std::optional<unsigned> row_days{};  // rows leave after so many days; none: never
  unsigned counter_shards = 4;         // items among which the page views of one counter are spread
};

// A text as a part of a key: as it is up to item_name_bytes_max; of a longer one the beginning and its digest. Never
// empty: nothing is "-".
std::string key_part(std::string_view text, const Crypto& crypto);

// `now`: a row that leaves stays at least until its message cannot come any more, whatever time the visit is of.
Item item_of(const NumberedHit& visit, const TableLayout& layout, const Crypto& crypto, Instant now);
// What an item of a visit says; nothing for any other item.
std::optional<VisitRow> row_of(const Item& item);

// The partition of a session's rows, and the value of each index.
std::string session_partition(std::string_view site, std::string_view session);
std::string ip_value(std::string_view site, std::string_view ip);
std::string path_value(std::string_view site, std::string_view path, const Crypto& crypto);
std::string session_value(std::string_view site, std::string_view session);

// Page views of a key, one of the shards; and the increments of a key, which are one item.
ItemKey views_key(std::string_view site, std::string_view key, unsigned shard, const Crypto& crypto);
ItemKey increments_key(std::string_view site, std::string_view key, const Crypto& crypto);

}  // namespace footfall
