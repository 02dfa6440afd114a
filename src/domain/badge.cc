#include "domain/badge.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "domain/markup.h"

namespace footfall {
namespace {

constexpr std::array<std::pair<std::string_view, BadgeStyle>, 7> style_names{{
    {"flat", BadgeStyle::flat},
    {"flat-square", BadgeStyle::flat_square},
    {"plastic", BadgeStyle::plastic},
    {"for-the-badge", BadgeStyle::for_the_badge},
    {"digits", BadgeStyle::digits},
    {"plain", BadgeStyle::plain},
    {"card", BadgeStyle::card},
}};
constexpr std::array<std::pair<std::string_view, BadgeTheme>, 3> theme_names{{
    {"auto", BadgeTheme::automatic},
    {"light", BadgeTheme::light},
    {"dark", BadgeTheme::dark},
}};

constexpr Rgb white{0xFF, 0xFF, 0xFF};
constexpr Rgb black{0, 0, 0};
constexpr Paint slate{{0x3F, 0x4A, 0x54}, {0x39, 0x43, 0x4D}};
constexpr Paint teal{{0x0D, 0x6B, 0x63}, {0x12, 0x75, 0x6C}};
constexpr Paint faint_ink{{0x57, 0x60, 0x6A}, {0x9F, 0xAA, 0xB5}};
constexpr Paint strong_ink{{0x1B, 0x24, 0x2C}, {0xF0, 0xF3, 0xF6}};
constexpr Paint sheet{{0xFF, 0xFF, 0xFF}, {0x16, 0x1B, 0x21}};
constexpr Paint frame{{0xC9, 0xD1, 0xD9}, {0x3A, 0x43, 0x4D}};
constexpr Paint drum{{0x1F, 0x26, 0x2D}, {0x2B, 0x34, 0x3D}};

constexpr std::size_t digits_in_drums = 5;

Paint veil(const Rgb& color, double opacity) { return {color, color, opacity}; }

Paint chosen(const std::optional<Rgb>& color, const Paint& usual) { return color ? Paint{*color, *color, 1} : usual; }

// Ink for what stands on `background`, by day and by night.
Paint ink(const Paint& background, const BadgeLook& look) {
  return chosen(look.text_color, {ink_on(background.light), ink_on(background.dark), 1});
}

// The other way round from the ink: it lifts the letters off.
Paint shadow(const Paint& ink) {
  constexpr double opacity = 0.3;
  const auto of = [](const Rgb& color) { return ink_on(color) == white ? white : black; };
  return {of(ink.light), of(ink.dark), opacity};
}

std::string digits_of(std::uint64_t value, std::size_t digits_min) {
  std::string digits = std::to_string(value);
  if (digits.size() < digits_min) digits.insert(0, digits_min - digits.size(), '0');
  return digits;
}

std::string number_text(const BadgeContent& content, const BadgeLook& look) {
  return content.prefix + (look.digits > 0 ? digits_of(content.value, look.digits) : grouped(content.value));
}

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

struct Type {
  double size = 0;
  Weight weight = Weight::regular;
  double letter_spacing = 0;
};

double width_of(std::string_view text, const Type& type) {
  return text_width(text, type.weight, type.size) + type.letter_spacing * static_cast<double>(characters_in(text));
}

BadgeRun run(std::string text, double x, double baseline, const Type& type, const Paint& paint) {
  const double width = width_of(text, type);
  return {x, baseline, width, type.size, type.weight, type.letter_spacing, paint, std::move(text), false};
}

BadgeRun echo(BadgeRun of, double down) {
  of.baseline += down;
  of.paint = shadow(of.paint);
  of.is_echo = true;
  return of;
}

// The styles that are a label and a number side by side, each on its colour.
struct Bar {
  double height;
  double radius;
  double padding;
  double baseline;
  Type label;
  Type number;
  bool upper_case;
  bool has_echo;
  std::optional<std::pair<Paint, Paint>> sheen;
};

Bar bar_of(BadgeStyle style) {
  if (style == BadgeStyle::for_the_badge) {
    return {28, 0, 12, 18, {10, Weight::regular, 1.25}, {10, Weight::bold, 1.25}, true, false, {}};
  }
  const Type type{11, Weight::regular, 0};
  if (style == BadgeStyle::flat_square) return {20, 0, 6, 14, type, type, false, false, {}};
  if (style == BadgeStyle::plastic) {
    return {18, 4, 6, 13, type, type, false, true, {{veil(white, 0.4), veil(black, 0.3)}}};
  }
  return {20, 3, 6, 14, type, type, false, true, {{veil(white, 0.12), veil(black, 0.12)}}};
}

void draw_bar(BadgeDrawing& drawing, const std::string& label, const std::string& number, const BadgeLook& look) {
  const Bar bar = bar_of(look.style);
  const std::string left = bar.upper_case ? upper(label) : label;
  const Paint left_paint = chosen(look.label_color, slate);
  const Paint right_paint = chosen(look.color, teal);
  // Whole pixels: an edge between two colours would blur otherwise.
  const double left_width = left.empty() ? 0 : std::ceil(width_of(left, bar.label) + 2 * bar.padding);
  const double right_width = std::ceil(width_of(number, bar.number) + 2 * bar.padding);
  drawing.width = left_width + right_width;
  drawing.height = bar.height;
  if (!left.empty()) {
    drawing.parts.emplace_back(BadgeBox{0, 0, left_width, bar.height, bar.radius, 0, left_paint, {}});
  }
  drawing.parts.emplace_back(
      BadgeBox{left_width, 0, right_width, bar.height, left.empty() ? bar.radius : 0, bar.radius, right_paint, {}});
  if (bar.sheen) {
    drawing.parts.emplace_back(
        BadgeBox{0, 0, drawing.width, bar.height, bar.radius, bar.radius, bar.sheen->first, bar.sheen->second});
  }
  const auto put = [&](const std::string& text, double from, double width, const Type& type, const Paint& background) {
    // The last letter's spacing is no part of what the eye centres.
    const double x = from + (width - width_of(text, type) + type.letter_spacing) / 2;
    BadgeRun letters = run(text, x, bar.baseline, type, ink(background, look));
    if (bar.has_echo) drawing.parts.emplace_back(echo(letters, 1));
    drawing.parts.emplace_back(std::move(letters));
  };
  if (!left.empty()) put(left, 0, left_width, bar.label, left_paint);
  put(number, left_width, right_width, bar.number, right_paint);
}

// An odometer: each digit on a drum of its own.
void draw_digits(BadgeDrawing& drawing, const std::string& label, const std::string& digits, const BadgeLook& look) {
  constexpr double height = 28;
  constexpr double drum_width = 19;
  constexpr double gap = 2;
  constexpr double radius = 3;
  const Type label_type{12, Weight::regular, 0};
  const Type digit_type{18, Weight::bold, 0};
  const Paint drum_paint = chosen(look.color, drum);
  double x = 0;
  if (!label.empty()) {
    BadgeRun text = run(label, 0, 18.5, label_type, chosen(look.label_color, faint_ink));
    x = std::ceil(text.width + 8);
    drawing.parts.emplace_back(std::move(text));
  }
  for (const char digit : digits) {
    drawing.parts.emplace_back(BadgeBox{x, 0, drum_width, height, radius, radius, drum_paint, {}});
    // Rounded like a drum: light falls on the middle.
    drawing.parts.emplace_back(
        BadgeBox{x, 0, drum_width, height / 2, radius, radius, veil(black, 0.35), veil(white, 0.08)});
    drawing.parts.emplace_back(
        BadgeBox{x, height / 2, drum_width, height / 2, radius, radius, veil(white, 0.08), veil(black, 0.35)});
    const std::string text(1, digit);
    drawing.parts.emplace_back(
        run(text, x + (drum_width - width_of(text, digit_type)) / 2, 20.5, digit_type, ink(drum_paint, look)));
    drawing.parts.emplace_back(BadgeBox{x, height / 2 - 0.5, drum_width, 1, 0, 0, veil(black, 0.3), {}});
    x += drum_width + gap;
  }
  drawing.width = x - gap;
  drawing.height = height;
}

void draw_plain(BadgeDrawing& drawing, const std::string& label, const std::string& number, const BadgeLook& look) {
  constexpr double height = 20;
  constexpr double baseline = 14;
  const Type label_type{12, Weight::regular, 0};
  const Type number_type{12, Weight::bold, 0};
  double x = 0;
  if (!label.empty()) {
    BadgeRun text = run(label, 0, baseline, label_type, chosen(look.label_color, faint_ink));
    x = text.width + 5;
    drawing.parts.emplace_back(std::move(text));
  }
  BadgeRun text = run(number, x, baseline, number_type, chosen(look.color, strong_ink));
  drawing.width = std::ceil(x + text.width);
  drawing.height = height;
  drawing.parts.emplace_back(std::move(text));
}

void draw_card(BadgeDrawing& drawing, const std::string& label, const std::string& number, const std::string& note,
               const BadgeLook& look) {
  constexpr double radius = 5;
  drawing.width = 200;
  drawing.height = note.empty() ? 60 : 80;
  drawing.parts.emplace_back(BadgeBox{0, 0, drawing.width, drawing.height, radius, radius, frame, {}});
  drawing.parts.emplace_back(BadgeBox{1, 1, drawing.width - 2, drawing.height - 2, radius - 1, radius - 1, sheet, {}});
  const auto centred = [&](const std::string& text, double baseline, Type type, const Paint& paint) {
    if (text.empty()) return;
    // A long label is written smaller: the card has its size.
    const double room = drawing.width - 16;
    const double natural = width_of(text, type);
    if (natural > room) type.size *= room / natural;
    drawing.parts.emplace_back(run(text, (drawing.width - width_of(text, type)) / 2, baseline, type, paint));
  };
  centred(number, 29, {22, Weight::bold, 0}, chosen(look.color, {teal.light, {0x6F, 0xCF, 0xC4}}));
  centred(label, 48, {12, Weight::regular, 0}, chosen(look.label_color, strong_ink));
  centred(note, 69, {10, Weight::regular, 0}, faint_ink);
}

}  // namespace

std::optional<BadgeStyle> badge_style_named(std::string_view name) {
  for (const auto& [known, style] : style_names) {
    if (known == name) return style;
  }
  return std::nullopt;
}

std::optional<BadgeTheme> badge_theme_named(std::string_view name) {
  for (const auto& [known, theme] : theme_names) {
    if (known == name) return theme;
  }
  return std::nullopt;
}

std::string grouped(std::uint64_t value) {
  const std::string digits = std::to_string(value);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += "\u202F";
    text.push_back(digits[i]);
  }
  return text;
}

BadgeDrawing draw_badge(const BadgeContent& content, const BadgeLook& look) {
  const std::string label = tidy_line(content.label, badge_label_characters_max);
  const std::string note = tidy_line(content.note, badge_label_characters_max);
  const std::string number = number_text(content, look);
  BadgeDrawing drawing;
  drawing.theme = look.theme;
  drawing.title = (label.empty() ? "" : label + ": ") + content.prefix + std::to_string(content.value);
  switch (look.style) {
    case BadgeStyle::digits:
      draw_digits(drawing, label,
                  content.prefix + digits_of(content.value, look.digits > 0 ? look.digits : digits_in_drums), look);
      break;
    case BadgeStyle::plain:
      draw_plain(drawing, label, number, look);
      break;
    case BadgeStyle::card:
      draw_card(drawing, label, number, note, look);
      break;
    default:
      draw_bar(drawing, label, number, look);
  }
  return drawing;
}

}  // namespace footfall
