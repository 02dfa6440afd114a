#include "domain/text_width.h"

#include <algorithm>
#include <array>
#include <span>

#include "domain/code_points.h"

namespace footfall {
namespace {

// Neighbouring characters of one width, in units of the font.
struct WidthRun {
  char32_t first;
  char32_t last;
  std::uint16_t width;
};

#include "font_widths.inc"

constexpr double usual_width = 0.6;

bool is_combining(char32_t c) {
  return (c >= 0x0300 && c <= 0x036F) || (c >= 0x200B && c <= 0x200D) || (c >= 0x20D0 && c <= 0x20FF) ||
         (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0100 && c <= 0xE01EF);
}

// East Asian wide characters and emoji (Unicode UAX #11), in broad strokes.
bool is_wide(char32_t c) {
  return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
         (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x20000 && c <= 0x3FFFD);
}

}  // namespace

double character_width(char32_t character, Weight weight) {
  const std::span<const WidthRun> runs =
      weight == Weight::bold ? std::span<const WidthRun>(bold_runs) : std::span<const WidthRun>(regular_runs);
  const auto found =
      std::partition_point(runs.begin(), runs.end(), [&](const WidthRun& run) { return run.last < character; });
  if (found != runs.end() && character >= found->first) return found->width / units_per_em;
  if (is_combining(character)) return 0;
  return is_wide(character) ? 1 : usual_width;
}

double text_width(std::string_view text, Weight weight, double size) {
  double width = 0;
  while (!text.empty()) width += character_width(take_code_point(text), weight);
  return width * size;
}

}  // namespace footfall
