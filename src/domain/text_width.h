// How wide a text is in DejaVu Sans, which stands behind every badge.
//
// The widths are the font's own, taken from it when Footfall is built (scripts/data/font_widths.js). Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace footfall {

enum class Weight : std::uint8_t { regular, bold };

// Of one character, as a share of the font's size. A character the font does not have is taken to be as wide as it
// usually is elsewhere: a full em for Chinese, Japanese, Korean and emoji, nothing for a combining mark.
double character_width(char32_t character, Weight weight);

// Of well-formed UTF-8, in the unit of `size`; without kerning.
double text_width(std::string_view text, Weight weight, double size);

}  // namespace footfall
