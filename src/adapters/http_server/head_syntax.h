// What the heads of requests and of responses are made of, byte by byte.
//
// Pure. Sources: RFC 9110 §5, RFC 9112 §2 and §3.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace footfall {

// What a byte may be part of (RFC 9110 §5.6.2, RFC 3986 §3).
enum ByteClass : std::uint8_t {
  in_token = 1,   // methods and field names
  in_target = 2,  // any printable character but '#': browsers send some that RFC 3986 would encode, such as '|'
  in_host = 4,    // registered names, addresses in brackets, ports
};

constexpr std::array<std::uint8_t, 256> classify_bytes() {
  std::array<std::uint8_t, 256> classes{};
  for (unsigned c = 0x21; c < 0x7F; ++c) {
    if (c != '#') classes[c] |= in_target;
  }
  for (unsigned c = 0; c < 256; ++c) {
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (alphanumeric) classes[c] |= in_token | in_host;
  }
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) classes[static_cast<unsigned char>(c)] |= in_token;
  for (const char c : std::string_view("-._~%:[]")) classes[static_cast<unsigned char>(c)] |= in_host;
  return classes;
}
inline constexpr std::array<std::uint8_t, 256> byte_classes = classify_bytes();

inline bool is(ByteClass byte_class, char c) { return (byte_classes[static_cast<unsigned char>(c)] & byte_class) != 0; }

inline const char* skip(ByteClass byte_class, const char* at, const char* end) {
  while (at != end && is(byte_class, *at)) ++at;
  return at;
}

constexpr std::uint64_t every_byte(std::uint64_t value) { return value * 0x0101010101010101ULL; }

// The first control character (below 0x20, or 0x7f) at or after `at`; `end` if there is none. Eight bytes at a time:
// values are most of a head. In both sums a carry only runs upwards, so the lowest bit set is always a true one.
inline const char* find_control(const char* at, const char* end) {
  while (end - at >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    const std::uint64_t low = (word - every_byte(0x20)) & ~word;
    const std::uint64_t del = word ^ every_byte(0x7F);
    const std::uint64_t found = (low | ((del - every_byte(0x01)) & ~del)) & every_byte(0x80);
    if (found != 0) return at + std::countr_zero(found) / 8;
    at += 8;
  }
  while (at != end && static_cast<unsigned char>(*at) >= 0x20 && *at != 0x7F) ++at;
  return at;
}

}  // namespace footfall
