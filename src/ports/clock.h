// What time it is. The server's time is the only one believed.
#pragma once

#include <chrono>

#include "base/time.h"

namespace footfall {

// Any thread may call; costs tens of nanoseconds.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant now() const = 0;
};

}  // namespace footfall
