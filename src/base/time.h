// Moments as the product knows them: UTC, to the millisecond, written as RFC 3339.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace footfall {

using Instant = std::chrono::sys_time<std::chrono::milliseconds>;
using Milliseconds = std::chrono::milliseconds;
using Day = std::chrono::sys_days;  // a UTC calendar day

inline std::int64_t milliseconds_of(Instant instant) { return instant.time_since_epoch().count(); }
inline Instant instant_of(std::int64_t milliseconds) { return Instant(Milliseconds(milliseconds)); }
inline Day day_of(Instant instant) { return std::chrono::floor<std::chrono::days>(instant); }

// "2026-11-21T09:03:00.000Z"; always 24 bytes for years 0 to 9999.
std::string to_rfc3339(Instant instant);

// Reads RFC 3339 date-times ("2026-11-21T09:03:00Z", any fraction, any offset) and plain dates (midnight UTC).
// Fractions beyond milliseconds are cut. Error: invalid.
Result<Instant> parse_time(std::string_view text);

// Reads "2026-11-21". Error: invalid.
Result<Day> parse_date(std::string_view text);

// "2026-11-21".
std::string to_date(Day day);

// An HTTP date (RFC 9110 §5.6.7), e.g. "Sat, 21 Nov 2026 09:03:00 GMT"; always 29 bytes for years 0 to 9999.
std::string to_http_date(std::chrono::sys_seconds moment);

// Reads all three forms that a recipient must know; nothing if it is none of them. A year of two digits is the one
// within fifty years before `now` or up to fifty after.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text, std::chrono::sys_seconds now);

}  // namespace footfall
