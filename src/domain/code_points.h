// Walking well-formed UTF-8 one character at a time, and writing one (RFC 3629).
//
// Pure. Who walks has made sure of the form (is_utf8, clean_utf8).
#pragma once

#include <string>
#include <string_view>

namespace footfall {

// Takes the first character off `rest`, which must be well-formed and not empty.
char32_t take_code_point(std::string_view& rest);

void append_utf8(std::string& text, char32_t character);

}  // namespace footfall
