#include "domain/markup.h"

#include "base/text.h"
#include "domain/code_points.h"

namespace footfall {
namespace {

// Directional marks, embeddings, overrides and isolates (Unicode UAX #9 §2).
bool turns_direction(char32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

bool is_space(char32_t c) { return c == ' ' || c == 0xA0 || c == 0x2028 || c == 0x2029 || c == 0x3000; }

}  // namespace

std::string escape_markup(std::string_view text) {
  const std::string clean = clean_utf8(text);
  std::string escaped;
  escaped.reserve(clean.size() + 16);
  std::string_view rest = clean;
  while (!rest.empty()) {
    const char32_t c = take_code_point(rest);
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        append_utf8(escaped, c == 0xFFFE || c == 0xFFFF || (c >= 0x7F && c < 0xA0) ? char32_t{0xFFFD} : c);
    }
  }
  return escaped;
}

std::string tidy_line(std::string_view text, std::size_t characters_max) {
  const std::string clean = clean_utf8(text);
  std::string line;
  std::size_t characters = 0;
  bool space = false;
  for (std::string_view rest = clean; !rest.empty() && characters < characters_max;) {
    const char32_t c = take_code_point(rest);
    if (turns_direction(c)) continue;
    if (is_space(c)) {
      space = !line.empty();
      continue;
    }
    if (space) {
      line.push_back(' ');
      ++characters;
      space = false;
      if (characters == characters_max) break;
    }
    append_utf8(line, c);
    ++characters;
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

}  // namespace footfall
