// What the routes of counters share: the key, the refusals, and who is counting.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/api/router.h"
#include "app/api/services.h"
#include "app/json.h"
#include "base/result.h"

namespace footfall {

// The counter's key in a path. Errors: invalid (empty, no percent-encoded UTF-8 text of one line, or over
// counter_key_bytes_max), field "key".
Result<std::string> counter_key(std::string_view encoded);
// The same of a key that is not encoded.
Result<Done> check_counter_key(std::string_view key);

// The counter that a request names.
struct CounterName {
  std::string site;
  std::string key;
};
//   errors  those of site_of and of counter_key
Result<CounterName> counter_of(const Call& call, const Registry& registry, std::optional<Role> role = std::nullopt);

// JSON that pages of any site may read, sent once what it includes is on disk.
Response counter_answer(const json::object& body, std::optional<Position> includes);
// A full counter is 409, a full site 429; the rest as everywhere.
Response counter_refusal(const Error& error);

// Whether the query asks for what only the store knows: `unique`, or a time. The value alone is in memory.
bool asks_the_store(std::string_view query);

// By how much to count, as the body says. Errors: invalid, forbidden (more than 1 takes an ingest token).
Result<std::uint64_t> counter_amount(const Call& call, bool trusted);

// The page token in the body, `tk`, or ""; what is wrong with the body is told by `counter_amount`.
std::string counter_token(const Call& call);

// Who is hashed as the one that may count once, by what the counter asks for. 0: anyone, any number of times. Without a
// session it is the visitor of the day, so that whoever refuses cookies does not count without end.
std::uint64_t who_counts(OncePer once_per, std::string_view site, std::string_view session, const Request& request,
                         Salts& salts, Instant now);

}  // namespace footfall
