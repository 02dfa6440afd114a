// Writes a MaxMind DB of one network, for tests: the layouts of makers whose files may not be shipped.
//
// Source: https://maxmind.github.io/MaxMind-DB/
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace footfall::tiny_mmdb {

inline std::string text(std::string_view value) {
  std::string coded;
  if (value.size() < 29) {
    coded.push_back(static_cast<char>(0x40U | value.size()));
  } else {
    coded.push_back(static_cast<char>(0x40U | 29U));
    coded.push_back(static_cast<char>(value.size() - 29));
  }
  return coded.append(value);
}

inline std::string map(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string coded(1, static_cast<char>(0xE0U | entries.size()));
  for (const auto& [key, value] : entries) coded += text(key) + value;
  return coded;
}

inline std::string array_of_one(std::string_view value) { return std::string("\x01\x04", 2).append(value); }

// 16 bits.
inline std::string number(std::uint32_t value) {
  return {static_cast<char>(0xA2), static_cast<char>(value >> 8U), static_cast<char>(value & 0xFFU)};
}

// 32 bits.
inline std::string long_number(std::uint32_t value) { return std::string("\xC4\0\0", 3) + number(value).substr(1); }

// The whole file: addresses that begin with the `prefix_bits` bits of `prefix` have `value`, others nothing.
inline std::string file(const std::vector<std::uint8_t>& prefix, std::uint32_t prefix_bits, std::string_view value) {
  const auto record = [](std::uint32_t number) {
    return std::string{static_cast<char>(number >> 16U), static_cast<char>(number >> 8U), static_cast<char>(number)};
  };
  const std::uint32_t nothing = prefix_bits;  // the number of nodes
  const std::uint32_t data = prefix_bits + 16;
  std::string tree;
  for (std::uint32_t bit = 0; bit < prefix_bits; ++bit) {
    const bool is_set = (unsigned{prefix[bit / 8]} >> (7 - bit % 8) & 1U) != 0;
    const std::string onward = record(bit + 1 == prefix_bits ? data : bit + 1);
    tree += is_set ? record(nothing) + onward : onward + record(nothing);
  }
  const std::string metadata = map({{"node_count", long_number(prefix_bits)},
                                    {"record_size", number(24)},
                                    {"ip_version", number(6)},
                                    {"database_type", text("Test")},
                                    {"languages", array_of_one(text("en"))},
                                    {"binary_format_major_version", number(2)},
                                    {"binary_format_minor_version", number(0)},
                                    {"build_epoch", std::string("\x08\x02\0\0\0\0\0\0\0\1", 10)},
                                    {"description", map({})}});
  return tree + std::string(16, '\0') + std::string(value) + "\xAB\xCD\xEFMaxMind.com" + metadata;
}

}  // namespace footfall::tiny_mmdb
