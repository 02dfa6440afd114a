// Colours of badges: how people name them, and which ink can be read on them.
//
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace footfall {

struct Rgb {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;

  friend bool operator==(const Rgb&, const Rgb&) = default;
};

// "0d6b63", "#0d6b63", "fff", or one of a few names ("green", "blue", …); any case. Nothing: it is no colour.
std::optional<Rgb> parse_color(std::string_view text);

// "#0d6b63".
std::string hex_text(const Rgb& color);

// How well one can be read on the other: 1 (not at all) to 21 (black on white); WCAG 2.2, contrast ratio.
double contrast(const Rgb& a, const Rgb& b);

// White, or a near black where that can be read better.
Rgb ink_on(const Rgb& background);

}  // namespace footfall
