#include "domain/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace footfall {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN + 1> terminated{};
  if (text.empty() || text.size() >= terminated.size()) return std::nullopt;
  std::copy(text.begin(), text.end(), terminated.begin());
  std::array<std::uint8_t, 16> bytes{};
  if (text.find(':') == std::string_view::npos) {
    std::copy(mapped_prefix.begin(), mapped_prefix.end(), bytes.begin());
    if (inet_pton(AF_INET, terminated.data(), bytes.data() + mapped_prefix.size()) != 1) return std::nullopt;
  } else if (inet_pton(AF_INET6, terminated.data(), bytes.data()) != 1) {
    return std::nullopt;
  }
  return Address(bytes);
}

Address Address::v4(std::uint32_t host_order) {
  std::array<std::uint8_t, 16> bytes{};
  std::copy(mapped_prefix.begin(), mapped_prefix.end(), bytes.begin());
  for (std::size_t i = 0; i < 4; ++i) bytes[12 + i] = static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
  return Address(bytes);
}

bool Address::is_v4() const { return std::equal(mapped_prefix.begin(), mapped_prefix.end(), bytes_.begin()); }

bool Address::is_loopback() const {
  if (is_v4()) return bytes_[12] == 127;
  std::array<std::uint8_t, 16> one{};
  one[15] = 1;
  return bytes_ == one;
}

Address Address::network() const {
  std::array<std::uint8_t, 16> bytes = bytes_;
  std::fill(bytes.begin() + (is_v4() ? 15 : 6), bytes.end(), std::uint8_t{0});
  return Address(bytes);
}

std::string Address::text() const {
  if (is_none()) return "";
  std::array<char, INET6_ADDRSTRLEN + 1> text{};
  if (is_v4()) {
    inet_ntop(AF_INET, bytes_.data() + mapped_prefix.size(), text.data(), text.size());
  } else {
    inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
  }
  return text.data();
}

}  // namespace footfall
