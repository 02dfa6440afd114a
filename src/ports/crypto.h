// Randomness, digests and what is signed with a secret key, from a library that is made for it.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace footfall {

// Any thread.
class Crypto {
 public:
  virtual ~Crypto() = default;
  // Fills with bytes nobody can foretell. A system without randomness stops the process.
  virtual void random(std::span<std::byte> into) const = 0;
  // FIPS 180-4.
  [[nodiscard]] virtual std::array<std::byte, 32> sha256(std::string_view text) const = 0;
  // RFC 2104 with SHA-256; a key of any length.
  [[nodiscard]] virtual std::array<std::byte, 32> hmac_sha256(std::string_view key, std::string_view text) const = 0;
};

}  // namespace footfall
