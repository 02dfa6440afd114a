// Strangers' text inside XML and HTML: the one place where it is escaped.
//
// Pure. Every text that reaches an SVG, an HTML page or one of their attributes goes through here.
#pragma once

#include <string>
#include <string_view>

namespace footfall {

// The text as character data or as an attribute's value in quotes, of XML 1.0 and HTML alike: the five characters of
// markup become references, and what XML does not allow (controls, U+FFFE, U+FFFF, malformed bytes) U+FFFD or a space.
std::string escape_markup(std::string_view text);

// A line to be shown: without control characters, without characters that change the direction of what stands around
// them (a label could otherwise turn its number around), one space between words, at most `characters_max` characters.
std::string tidy_line(std::string_view text, std::size_t characters_max);

}  // namespace footfall
