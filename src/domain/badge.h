// What a badge looks like: from a label and a number to boxes and lines of text, the same for every format.
//
// Pure. domain/badge_svg.h writes a drawing as SVG or HTML; a BadgePainter (ports) paints it as PNG.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "domain/color.h"
#include "domain/text_width.h"

namespace footfall {

// flat, flat-square, plastic and for-the-badge are what READMEs know; digits is an odometer, plain is text alone, card
// is a GoatCounter-sized panel (200 × 80, or 60 without its last line).
enum class BadgeStyle : std::uint8_t { flat, flat_square, plastic, for_the_badge, digits, plain, card };
// automatic follows the reader's system (prefers-color-scheme); a PNG cannot, and is light then.
enum class BadgeTheme : std::uint8_t { automatic, light, dark };

std::optional<BadgeStyle> badge_style_named(std::string_view name);
std::optional<BadgeTheme> badge_theme_named(std::string_view name);

// A number has at most 16 digits (counter_value_max): more would only be zeros.
inline constexpr unsigned badge_digits_max = 16;
inline constexpr std::size_t badge_label_characters_max = 64;

struct BadgeContent {
  std::string label;  // any text, also hostile; "": none
  std::uint64_t value = 0;
  std::string note;    // the card's last line; "": none
  std::string prefix;  // digits that stand before the number's own
};

struct BadgeLook {
  BadgeStyle style = BadgeStyle::flat;
  BadgeTheme theme = BadgeTheme::automatic;
  std::optional<Rgb> color;        // behind the number; of the number where nothing is behind it
  std::optional<Rgb> label_color;  // behind the label; likewise
  std::optional<Rgb> text_color;   // of what stands on a colour; none: white, or dark where white cannot be read
  unsigned digits = 0;             // at least so many, with zeros before; 0: as the number comes, in groups of three
};

// A colour by day and by night.
struct Paint {
  Rgb light;
  Rgb dark;
  double opacity = 1;

  friend bool operator==(const Paint&, const Paint&) = default;
};

struct BadgeBox {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
  double left_radius = 0;  // of the two corners on the left
  double right_radius = 0;
  Paint paint;
  std::optional<Paint> bottom;  // where there is one, the colour runs from `paint` at the top to this
};

struct BadgeRun {
  double x = 0;  // where the text begins
  double baseline = 0;
  double width = 0;  // the text is made to fit, whatever font the reader has
  double size = 0;
  Weight weight = Weight::regular;
  double letter_spacing = 0;
  Paint paint;
  std::string text;      // well-formed UTF-8, not escaped
  bool is_echo = false;  // a shadow of another run: not to be read out
};

struct BadgeDrawing {
  double width = 0;
  double height = 0;
  std::string title;  // what a screen reader says: "visitors: 1284"
  BadgeTheme theme = BadgeTheme::automatic;
  std::vector<std::variant<BadgeBox, BadgeRun>> parts;  // from the back to the front
};

BadgeDrawing draw_badge(const BadgeContent& content, const BadgeLook& look);

// "1 234 567": groups of three, with the narrow no-break space of typographers (U+202F) between them.
std::string grouped(std::uint64_t value);

}  // namespace footfall
