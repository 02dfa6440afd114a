#include "base/time.h"

#include <array>
#include <cstdio>
#include <optional>

namespace footfall {
namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::year;
using std::chrono::year_month_day;

// Exactly `count` digits at `at`, or nothing.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return std::nullopt;
  int number = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    number = number * 10 + (text[i] - '0');
  }
  return number;
}

Error bad_time(std::string_view text) {
  return {ErrorCode::invalid, "'" + std::string(text.substr(0, 40)) + "' is not an RFC 3339 time or date"};
}

}  // namespace

std::string to_date(Day moment) {
  const year_month_day date(moment);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

std::string to_rfc3339(Instant instant) {
  const Day date = day_of(instant);
  const std::chrono::hh_mm_ss clock(instant - date);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "T%02d:%02d:%02d.%03dZ", static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return to_date(date) + text.data();
}

Result<Day> parse_date(std::string_view text) {
  const auto y = digits(text, 0, 4), m = digits(text, 5, 2), d = digits(text, 8, 2);
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !y || !m || !d) return bad_time(text);
  const year_month_day date{year(*y), month(static_cast<unsigned>(*m)), day(static_cast<unsigned>(*d))};
  if (!date.ok()) return bad_time(text);
  return Day(date);
}

Result<Instant> parse_time(std::string_view text) {
  if (text.size() < 10) return bad_time(text);
  const auto date = parse_date(text.substr(0, 10));
  if (!date) return bad_time(text);
  if (text.size() == 10) return Instant(*date);
  const auto h = digits(text, 11, 2), m = digits(text, 14, 2), s = digits(text, 17, 2);
  if (text.size() < 20 || (text[10] != 'T' && text[10] != 't' && text[10] != ' ') || text[13] != ':' ||
      text[16] != ':' || !h || !m || !s || *h > 23 || *m > 59 || *s > 60) {
    return bad_time(text);
  }
  std::size_t at = 19;
  int milliseconds = 0;
  if (text[at] == '.') {
    int scale = 100;
    ++at;
    if (!digits(text, at, 1)) return bad_time(text);
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10) {
      milliseconds += (text[at] - '0') * scale;
    }
  }
  std::chrono::minutes offset{0};
  const std::string_view zone = text.substr(at);
  if (zone != "Z" && zone != "z") {
    const auto oh = digits(zone, 1, 2), om = digits(zone, 4, 2);
    if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':' || !oh || !om || *oh > 23 ||
        *om > 59) {
      return bad_time(text);
    }
    offset = std::chrono::minutes(*oh * 60 + *om) * (zone[0] == '-' ? -1 : 1);
  }
  return Instant(*date) + std::chrono::hours(*h) + std::chrono::minutes(*m) + std::chrono::seconds(*s) +
         Milliseconds(milliseconds) - offset;
}

}  // namespace footfall
