// Badges as PNG, painted by cairo in DejaVu Sans, which the program carries: the same pixels on every machine.
//
// Letters are set one by one where the layout put them, by the font's own widths, without hinting and without what a
// machine's settings say about fonts. A character the font does not have is shown as its empty box.
#pragma once

#include <memory>

#include "ports/badge_painter.h"

namespace footfall {

class CairoPainter final : public BadgePainter {
 public:
  // Error: failed (the fonts cannot be read).
  static Result<std::unique_ptr<CairoPainter>> open();
  ~CairoPainter() override;

  [[nodiscard]] Result<std::string> png(const BadgeDrawing& drawing, unsigned scale) const override;

 private:
  struct Fonts;
  explicit CairoPainter(std::unique_ptr<Fonts> fonts);
  std::unique_ptr<Fonts> fonts_;
};

}  // namespace footfall
