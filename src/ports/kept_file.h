// A small file that is read whole and replaced whole: settings, keys, salts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace footfall {

// One thread at a time.
class KeptFile {
 public:
  virtual ~KeptFile() = default;
  // Nothing: there is no such file yet. Error: failed.
  virtual Result<std::optional<std::string>> read() = 0;
  // After it returns, either the old or the new text is on disk whatever happens; readable by the owner alone (0600).
  // Errors: failed, unavailable (no space left).
  virtual Result<Done> replace(std::string_view text) = 0;
  // Grows or changes whenever the file does; for noticing that someone else replaced it. 0: there is none.
  virtual std::uint64_t revision() = 0;
};

}  // namespace footfall
