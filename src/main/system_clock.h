// What time it is, by the clock of this machine.
#pragma once

#include <chrono>

#include "ports/clock.h"

namespace footfall {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override {
    return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
  }
};

}  // namespace footfall
