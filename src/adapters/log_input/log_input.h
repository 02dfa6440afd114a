// Log files and standard input as blocks of whole lines, unpacked where they are gzip.
//
// Source: RFC 1952 (several members behind one another are one text).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace footfall {

// One thread.
class LogInput {
 public:
  // "-" is standard input. Whether it is gzip is seen in its first bytes, not in its name.
  // Error: not_found, failed.
  static Result<std::unique_ptr<LogInput>> open(const std::string& name);
  virtual ~LogInput() = default;

  // The next whole lines: at most `lines_max` and, but for a single longer line, at most `bytes_max` bytes; the view is
  // good until the next call; empty: the end. A line over 1 MiB is cut to that. Error: failed, corrupt (damaged gzip).
  virtual Result<std::string_view> next_block(std::size_t lines_max, std::size_t bytes_max) = 0;

  // How much of the file has been read and how much there is, for progress; 0: not known.
  [[nodiscard]] virtual std::uint64_t bytes_read() const = 0;
  [[nodiscard]] virtual std::uint64_t bytes_total() const = 0;
};

}  // namespace footfall
