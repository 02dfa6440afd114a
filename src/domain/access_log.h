// One line of a web server's access log.
//
// Reads the common log format of NCSA httpd, Apache's and nginx's "combined" (with referrer and user agent), and
// Apache's "vhost_combined" (with the host in front). Quoted fields may hold escaped quotes. Pure; texts are views into
// the line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "domain/address.h"

namespace footfall {

enum class LogFormat : std::uint8_t { automatic, common, combined, combined_with_host };

std::string_view name_of(LogFormat format);
std::optional<LogFormat> log_format_named(std::string_view name);

struct LogLine {
  std::string_view host;  // of combined_with_host; without port
  Address ip;
  Instant time;
  std::string_view method;
  std::string_view target;
  int status = 0;
  std::string_view referrer;    // empty for "-"
  std::string_view user_agent;  // empty for "-"
};

// Reads lines; remembers the last day it saw, since neighbours share it. One thread at a time.
class LogLineReader {
 public:
  explicit LogLineReader(LogFormat format) : format_(format) {}

  // Nothing: the line is not of the format (damaged, or something else). Automatic takes whatever fits, line by line.
  std::optional<LogLine> read(std::string_view line);

 private:
  std::optional<Instant> read_time(std::string_view text);

  LogFormat format_;
  std::string last_date_;
  Day last_day_{};
};

}  // namespace footfall
