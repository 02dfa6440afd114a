// A painter that says what it was asked to paint.
#pragma once

#include <string>

#include "ports/badge_painter.h"

namespace footfall {

class FakePainter final : public BadgePainter {
 public:
  [[nodiscard]] Result<std::string> png(const BadgeDrawing& drawing, unsigned scale) const override {
    if (fails) return Error{ErrorCode::failed, "out of paint"};
    return "png of \"" + drawing.title + "\" x" + std::to_string(scale) +
           (drawing.theme == BadgeTheme::dark ? " dark" : "");
  }
  bool fails = false;
};

}  // namespace footfall
