#include "domain/access_log.h"

#include <array>

#include "base/text.h"

namespace footfall {
namespace {

constexpr std::array<std::string_view, 4> format_names{"auto", "common", "combined", "combined-with-host"};
constexpr std::array<std::string_view, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Takes the text before the next space; what is left begins behind it.
std::string_view take_word(std::string_view& rest) {
  const std::size_t space = rest.find(' ');
  const std::string_view word = rest.substr(0, space);
  rest = space == std::string_view::npos ? std::string_view{} : rest.substr(space + 1);
  return word;
}

// Takes a quoted field; nothing if there is none or it does not end.
std::optional<std::string_view> take_quoted(std::string_view& rest) {
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  if (!rest.starts_with('"')) return std::nullopt;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '\\') {
      ++i;
    } else if (rest[i] == '"') {
      const std::string_view field = rest.substr(1, i - 1);
      rest.remove_prefix(i + 1);
      return field;
    }
  }
  return std::nullopt;
}

std::string_view without_dash(std::string_view text) { return text == "-" ? std::string_view{} : text; }

int two_digits(std::string_view text, std::size_t at) {
  const char a = text[at], b = text[at + 1];
  if (a < '0' || a > '9' || b < '0' || b > '9') return -1;
  return (a - '0') * 10 + (b - '0');
}

// "17/May/2015"
std::optional<Day> read_date(std::string_view text) {
  const int day = two_digits(text, 0);
  const int century = two_digits(text, 7), year = two_digits(text, 9);
  if (day < 0 || century < 0 || year < 0 || text[2] != '/' || text[6] != '/') return std::nullopt;
  for (unsigned month = 0; month < month_names.size(); ++month) {
    if (text.substr(3, 3) != month_names[month]) continue;
    const std::chrono::year_month_day date{std::chrono::year(century * 100 + year), std::chrono::month(month + 1),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok()) return std::nullopt;
    return Day(date);
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(LogFormat format) { return format_names.at(static_cast<std::size_t>(format)); }

std::optional<LogFormat> log_format_named(std::string_view name) {
  for (std::size_t i = 0; i < format_names.size(); ++i) {
    if (format_names[i] == name) return static_cast<LogFormat>(i);
  }
  return std::nullopt;
}

// "17/May/2015:10:05:03 +0000"
std::optional<Instant> LogLineReader::read_time(std::string_view text) {
  if (text.size() != 26) return std::nullopt;
  if (text.substr(0, 11) != last_date_) {
    const auto day = read_date(text);
    if (!day) return std::nullopt;
    last_date_ = text.substr(0, 11);
    last_day_ = *day;
  }
  const int hours = two_digits(text, 12), minutes = two_digits(text, 15), seconds = two_digits(text, 18);
  const int zone_hours = two_digits(text, 22), zone_minutes = two_digits(text, 24);
  const bool good = text[11] == ':' && text[14] == ':' && text[17] == ':' && text[20] == ' ' &&
                    (text[21] == '+' || text[21] == '-') && hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60 &&
                    seconds >= 0 && seconds < 61 && zone_hours >= 0 && zone_hours < 24 && zone_minutes >= 0 &&
                    zone_minutes < 60;
  if (!good) return std::nullopt;
  const auto offset = std::chrono::minutes(zone_hours * 60 + zone_minutes) * (text[21] == '-' ? -1 : 1);
  return Instant(last_day_) + std::chrono::hours(hours) + std::chrono::minutes(minutes) +
         std::chrono::seconds(seconds) - offset;
}

std::optional<LogLine> LogLineReader::read(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  LogLine read;
  // The time stands in brackets behind address, identity and user; a user may hold spaces.
  const std::size_t bracket = line.find(" [");
  if (bracket == std::string_view::npos) return std::nullopt;
  std::string_view front = line.substr(0, bracket);
  std::string_view rest = line.substr(bracket + 2);
  std::string_view first = take_word(front);
  auto address = Address::parse(first);
  const bool host_in_front = !address && format_ != LogFormat::common && format_ != LogFormat::combined;
  if (host_in_front || format_ == LogFormat::combined_with_host) {
    read.host = first.substr(0, first.rfind(':'));
    address = Address::parse(take_word(front));
  }
  if (!address) return std::nullopt;
  read.ip = *address;
  const std::size_t close = rest.find(']');
  if (close == std::string_view::npos) return std::nullopt;
  const auto time = read_time(rest.substr(0, close));
  if (!time) return std::nullopt;
  read.time = *time;
  rest.remove_prefix(close + 1);
  auto request = take_quoted(rest);
  if (!request) return std::nullopt;
  read.method = take_word(*request);
  read.target = take_word(*request);
  if (read.method.empty() || read.target.empty()) return std::nullopt;
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  const auto status = parse_unsigned(take_word(rest));
  if (!status || *status < 100 || *status > 599) return std::nullopt;
  read.status = static_cast<int>(*status);
  const std::string_view bytes = take_word(rest);
  if (bytes.empty() || (bytes != "-" && !parse_unsigned(bytes))) return std::nullopt;
  if (rest.empty()) {
    if (format_ == LogFormat::combined || format_ == LogFormat::combined_with_host) return std::nullopt;
    return read;
  }
  if (format_ == LogFormat::common) return read;
  const auto referrer = take_quoted(rest);
  const auto user_agent = referrer ? take_quoted(rest) : std::nullopt;
  if (!user_agent) return std::nullopt;
  read.referrer = without_dash(*referrer);
  read.user_agent = without_dash(*user_agent);
  return read;
}

}  // namespace footfall
