// An internet address: IPv4 or IPv6, kept as the 16 bytes of IPv6 (IPv4 mapped, RFC 4291 §2.5.5.2).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace footfall {

class Address {
 public:
  Address() = default;  // no address: "::"
  explicit Address(const std::array<std::uint8_t, 16>& bytes) : bytes_(bytes) {}

  // Reads "203.0.113.9", "2001:db8::1", "::ffff:203.0.113.9"; no port, no zone, no brackets.
  static std::optional<Address> parse(std::string_view text);
  static Address v4(std::uint32_t host_order);

  [[nodiscard]] bool is_v4() const;
  [[nodiscard]] bool is_none() const { return *this == Address(); }
  [[nodiscard]] bool is_loopback() const;
  // The network of many people it is in: the first 24 bits of IPv4, the first 48 of IPv6; the rest is zero.
  [[nodiscard]] Address network() const;
  [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  // "203.0.113.9" or RFC 5952 text; "" when there is none.
  [[nodiscard]] std::string text() const;

  friend auto operator<=>(const Address&, const Address&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

}  // namespace footfall
