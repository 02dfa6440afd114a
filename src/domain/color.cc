#include "domain/color.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/text.h"

namespace footfall {
namespace {

constexpr Rgb white{0xFF, 0xFF, 0xFF};
constexpr Rgb near_black{0x11, 0x18, 0x1C};

constexpr std::array<std::pair<std::string_view, Rgb>, 14> names{{
    {"teal", {0x0D, 0x6B, 0x63}},
    {"green", {0x1F, 0x7A, 0x3D}},
    {"lime", {0x9A, 0xC8, 0x2E}},
    {"yellow", {0xE3, 0xB3, 0x41}},
    {"orange", {0xC2, 0x57, 0x1A}},
    {"red", {0xB4, 0x2B, 0x2B}},
    {"pink", {0xB8, 0x3B, 0x82}},
    {"purple", {0x6F, 0x42, 0xC1}},
    {"blue", {0x1F, 0x5F, 0xB4}},
    {"grey", {0x55, 0x5D, 0x66}},
    {"gray", {0x55, 0x5D, 0x66}},
    {"silver", {0xC5, 0xCA, 0xD0}},
    {"black", {0x1B, 0x1F, 0x23}},
    {"white", {0xFF, 0xFF, 0xFF}},
}};

std::optional<unsigned> hex_digit(char c) {
  const char lower = ascii_lower(c);
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (lower >= 'a' && lower <= 'f') return static_cast<unsigned>(lower - 'a') + 10;
  return std::nullopt;
}

double linear(std::uint8_t part) {
  const double share = part / 255.0;
  return share <= 0.04045 ? share / 12.92 : std::pow((share + 0.055) / 1.055, 2.4);
}

double luminance(const Rgb& color) {
  return 0.2126 * linear(color.red) + 0.7152 * linear(color.green) + 0.0722 * linear(color.blue);
}

}  // namespace

std::optional<Rgb> parse_color(std::string_view text) {
  for (const auto& [name, color] : names) {
    if (equals_ignoring_case(name, text)) return color;
  }
  if (text.starts_with('#')) text.remove_prefix(1);
  if (text.size() != 3 && text.size() != 6) return std::nullopt;
  std::array<std::uint8_t, 3> parts{};
  const std::size_t digits = text.size() / 3;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto high = hex_digit(text[i * digits]);
    const auto low = hex_digit(text[i * digits + digits - 1]);
    if (!high || !low) return std::nullopt;
    parts.at(i) = static_cast<std::uint8_t>(*high * 16 + *low);
  }
  return Rgb{parts[0], parts[1], parts[2]};
}

std::string hex_text(const Rgb& color) {
  const std::array<std::byte, 3> bytes{std::byte{color.red}, std::byte{color.green}, std::byte{color.blue}};
  return "#" + to_hex(bytes);
}

double contrast(const Rgb& a, const Rgb& b) {
  const auto [darker, lighter] = std::minmax({luminance(a), luminance(b)});
  return (lighter + 0.05) / (darker + 0.05);
}

Rgb ink_on(const Rgb& background) {
  // White is what badges are written in; it gives way only where it cannot be read.
  constexpr double readable = 4.5;
  const double with_white = contrast(white, background);
  return with_white >= readable || with_white >= contrast(near_black, background) ? white : near_black;
}

}  // namespace footfall
