// What the query of a badge asks for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "domain/badge.h"

namespace footfall {

struct BadgeForm {
  BadgeLook look;
  std::optional<BadgeStyle> style;   // none: it names none
  std::optional<std::string> label;  // none: it says nothing; "": no label
  unsigned scale = 1;
  bool count = false;
  bool unique = false;          // visitors in place of views
  std::optional<Instant> from;  // of a time, in place of all
  std::optional<Instant> to;

  // Whether it asks for what only the store knows.
  [[nodiscard]] bool asks_the_store() const { return unique || from || to; }
};

// Reads style, theme, color, label_color, text_color, label, digits, scale, count, unique, from and to. A wrong one is
// an error that names it: better a broken picture while it is being written than a wrong one for ever.
//   errors  invalid
Result<BadgeForm> read_badge_form(std::string_view query);

// A label as it was sent; nothing when the query has none. Error: invalid (not UTF-8, or endless).
Result<std::optional<std::string>> read_label(std::string_view query, std::string_view name);
// A colour; nothing when the query has none. Error: invalid.
Result<std::optional<Rgb>> read_color(std::string_view query, std::string_view name);

}  // namespace footfall
