// A badge as text: an SVG image, and an HTML page that holds it for an <iframe>.
//
// Pure. What comes out is well-formed XML, or HTML, whatever the texts of the badge are. It loads nothing.
#pragma once

#include <string>

#include "domain/badge.h"

namespace footfall {

std::string to_svg(const BadgeDrawing& drawing);
std::string to_html(const BadgeDrawing& drawing);

}  // namespace footfall
