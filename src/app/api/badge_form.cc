#include "app/api/badge_form.h"

#include "app/api/parameters.h"
#include "base/text.h"
#include "ports/badge_painter.h"

namespace footfall {
namespace {

// Many times what is shown of it.
constexpr std::size_t label_bytes_max = 1'024;

Error wrong(std::string_view name, const std::string& must) {
  return {ErrorCode::invalid, "'" + std::string(name) + "' must be " + must, std::string(name)};
}

template <typename T>
Result<std::optional<T>> named(const Parameters& parameters, std::string_view name,
                               std::optional<T> (*look_up)(std::string_view), const char* must) {
  const auto given = parameters.text(name);
  if (!given) return given.error();
  if (!*given) return std::optional<T>{};
  const auto found = look_up(**given);
  if (!found) return wrong(name, must);
  return found;
}

}  // namespace

Result<std::optional<std::string>> read_label(std::string_view query, std::string_view name) {
  const auto encoded = find_parameter(query, name);
  if (!encoded) return std::optional<std::string>{};
  auto text = percent_decode(*encoded, PlusMeans::space);
  if (!text || !is_utf8(*text)) return wrong(name, "percent-encoded UTF-8 text");
  if (text->size() > label_bytes_max) return wrong(name, "at most 1,024 bytes long");
  return std::optional(std::move(*text));
}

Result<std::optional<Rgb>> read_color(std::string_view query, std::string_view name) {
  return named<Rgb>(Parameters(query), name, parse_color,
                    "a colour: three or six hexadecimal digits, or a name such as green");
}

Result<BadgeForm> read_badge_form(std::string_view query) {
  const Parameters parameters(query);
  BadgeForm form;
  const auto style = named<BadgeStyle>(parameters, "style", badge_style_named,
                                       "one of flat, flat-square, plastic, for-the-badge, digits, plain and card");
  if (!style) return style.error();
  form.style = *style;
  form.look.style = style->value_or(BadgeStyle::flat);
  const auto theme = named<BadgeTheme>(parameters, "theme", badge_theme_named, "auto, light or dark");
  if (!theme) return theme.error();
  form.look.theme = theme->value_or(BadgeTheme::automatic);
  auto color = read_color(query, "color");
  if (!color) return color.error();
  form.look.color = *color;
  auto label_color = read_color(query, "label_color");
  if (!label_color) return label_color.error();
  form.look.label_color = *label_color;
  auto text_color = read_color(query, "text_color");
  if (!text_color) return text_color.error();
  form.look.text_color = *text_color;
  auto label = read_label(query, "label");
  if (!label) return label.error();
  form.label = std::move(*label);
  const auto digits = parameters.number("digits", 1, badge_digits_max);
  if (!digits) return digits.error();
  form.look.digits = static_cast<unsigned>(digits->value_or(0));
  const auto scale = parameters.number("scale", 1, badge_scale_max);
  if (!scale) return scale.error();
  form.scale = static_cast<unsigned>(scale->value_or(1));
  const auto count = parameters.flag("count");
  if (!count) return count.error();
  form.count = *count;
  const auto unique = parameters.flag("unique");
  if (!unique) return unique.error();
  form.unique = *unique;
  const auto from = parameters.from();
  if (!from) return from.error();
  form.from = *from;
  const auto to = parameters.to();
  if (!to) return to.error();
  form.to = *to;
  return form;
}

}  // namespace footfall
