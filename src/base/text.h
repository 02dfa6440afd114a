// Small text tools that several layers need: encodings of RFC 4648 and RFC 3986, ASCII case, splitting.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace footfall {

// RFC 4648 §5 without padding.
std::string to_base64url(std::span<const std::byte> bytes);
std::optional<std::string> from_base64url(std::string_view text);
// RFC 4648 §4, padded.
std::string to_base64(std::span<const std::byte> bytes);
std::optional<std::string> from_base64(std::string_view text);

// Lower-case hexadecimal, two digits a byte.
std::string to_hex(std::span<const std::byte> bytes);

// RFC 3986 §2.1. Decoding refuses a '%' without two hex digits (invalid); '+' stays '+' unless it is a form.
enum class PlusMeans { plus, space };
Result<std::string> percent_decode(std::string_view text, PlusMeans plus = PlusMeans::plus);
// Leaves unreserved characters (RFC 3986 §2.3) as they are.
std::string percent_encode(std::string_view text);

char ascii_lower(char c);
std::string to_lower(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);
bool ends_with_ignoring_case(std::string_view text, std::string_view tail);
std::string_view trim(std::string_view text);  // spaces and tabs

// The first value of `name` in a query string or form ("a=1&b=2"), still encoded; none if it is not there.
std::optional<std::string_view> find_parameter(std::string_view query, std::string_view name);

// Walks the `a=1&b=2` pairs in order, still encoded; `use(name, value)`.
template <typename F>
void for_each_parameter(std::string_view query, F&& use) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    use(pair.substr(0, equals), equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1));
  }
}

// Cuts at most `bytes_max` bytes without splitting a UTF-8 character.
std::string_view cut_utf8(std::string_view text, std::size_t bytes_max);
// True for well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool is_utf8(std::string_view text);
// The text with every malformed byte replaced by U+FFFD and control characters (below 0x20, and 0x7f) by a space.
std::string clean_utf8(std::string_view text);

// Both at once: at most `bytes_max` bytes of well-formed UTF-8 without control characters. What is clean already is
// given back as it is, the rest is put into `kept`.
std::string_view tidy_utf8(std::string_view text, std::size_t bytes_max, std::string& kept);

// A whole decimal number without sign, or nothing (also when it does not fit).
std::optional<std::uint64_t> parse_unsigned(std::string_view text);

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
inline std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace footfall
