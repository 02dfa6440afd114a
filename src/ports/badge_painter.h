// Paints a badge as a PNG image.
#pragma once

#include <string>

#include "base/result.h"
#include "domain/badge.h"

namespace footfall {

inline constexpr unsigned badge_scale_max = 4;

// Any thread, many at once.
class BadgePainter {
 public:
  virtual ~BadgePainter() = default;
  // The same bytes for the same badge.
  //   scale   pixels for each unit of the drawing, 1 to badge_scale_max
  //   errors  failed  the library would not
  [[nodiscard]] virtual Result<std::string> png(const BadgeDrawing& drawing, unsigned scale) const = 0;
};

}  // namespace footfall
