// Making bytes smaller, and as they were again.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace footfall {

// Any thread.
class Compression {
 public:
  virtual ~Compression() = default;

  [[nodiscard]] virtual std::string pack(std::string_view bytes) const = 0;
  // What was packed.
  //   errors  corrupt    these bytes are no packed ones, or damaged
  //           too_large  unpacked they are more than `bytes_max`
  [[nodiscard]] virtual Result<std::string> unpack(std::string_view packed, std::size_t bytes_max) const = 0;
};

}  // namespace footfall
