#include "base/time.h"

#include <algorithm>
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

constexpr std::array<std::string_view, 7> weekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<std::chrono::sys_seconds> moment_of(std::optional<int> y, std::string_view month_name,
                                                  std::optional<int> d, std::string_view clock) {
  const auto* const found = std::find(months.begin(), months.end(), month_name);
  const auto h = digits(clock, 0, 2), m = digits(clock, 3, 2), s = digits(clock, 6, 2);
  if (!y || !d || found == months.end() || !h || !m || !s || *h > 23 || *m > 59 || *s > 60) return std::nullopt;
  if (clock[2] != ':' || clock[5] != ':') return std::nullopt;
  const auto place = static_cast<unsigned>(found - months.begin()) + 1;
  const year_month_day date{year(*y), month(place), day(static_cast<unsigned>(*d))};
  if (!date.ok()) return std::nullopt;
  return Day(date) + std::chrono::hours(*h) + std::chrono::minutes(*m) + std::chrono::seconds(*s);
}

bool is_weekday(std::string_view name, bool whole) {
  return std::any_of(weekdays.begin(), weekdays.end(),
                     [&](std::string_view known) { return name == (whole ? known : known.substr(0, 3)); });
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

std::string to_http_date(std::chrono::sys_seconds moment) {
  const Day date_begin = std::chrono::floor<std::chrono::days>(moment);
  const year_month_day date(date_begin);
  const std::chrono::hh_mm_ss clock(moment - date_begin);
  // strftime would ask the locale for the names.
  const std::string_view weekday = weekdays.at(std::chrono::weekday(date_begin).c_encoding()).substr(0, 3);
  const std::string_view month_name = months.at(static_cast<unsigned>(date.month()) - 1);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.3s, %02u %.3s %04d %02d:%02d:%02d GMT", weekday.data(),
                static_cast<unsigned>(date.day()), month_name.data(), static_cast<int>(date.year()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text, std::chrono::sys_seconds now) {
  const std::size_t comma = text.find(',');
  if (comma == 3 && text.size() == 29) {  // Sun, 06 Nov 1994 08:49:37 GMT
    if (!is_weekday(text.substr(0, 3), false) || text[4] != ' ' || text[7] != ' ' || text[11] != ' ' ||
        text[16] != ' ' || text.substr(25) != " GMT") {
      return std::nullopt;
    }
    return moment_of(digits(text, 12, 4), text.substr(8, 3), digits(text, 5, 2), text.substr(17, 8));
  }
  if (comma != std::string_view::npos) {  // Sunday, 06-Nov-94 08:49:37 GMT
    const std::string_view rest = text.substr(comma + 1);
    if (!is_weekday(text.substr(0, comma), true) || rest.size() != 23 || rest[0] != ' ' || rest[3] != '-' ||
        rest[7] != '-' || rest[10] != ' ' || rest.substr(19) != " GMT") {
      return std::nullopt;
    }
    const auto short_year = digits(rest, 8, 2);
    if (!short_year) return std::nullopt;
    const int this_year = static_cast<int>(year_month_day(std::chrono::floor<std::chrono::days>(now)).year());
    int full_year = this_year - this_year % 100 + *short_year;
    if (full_year > this_year + 50) full_year -= 100;
    if (full_year <= this_year - 50) full_year += 100;
    return moment_of(full_year, rest.substr(4, 3), digits(rest, 1, 2), rest.substr(11, 8));
  }
  // Sun Nov  6 08:49:37 1994
  if (text.size() != 24 || !is_weekday(text.substr(0, 3), false) || text[3] != ' ' || text[7] != ' ' ||
      text[10] != ' ' || text[19] != ' ') {
    return std::nullopt;
  }
  const auto day_of_month = text[8] == ' ' ? digits(text, 9, 1) : digits(text, 8, 2);
  return moment_of(digits(text, 20, 4), text.substr(4, 3), day_of_month, text.substr(11, 8));
}

}  // namespace footfall
