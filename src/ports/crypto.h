// Randomness, digests and what is signed with a secret key, from a library that is made for it.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace footfall {

// A secret key of Ed25519 (RFC 8032), ready to sign. Any thread.
class Signer {
 public:
  virtual ~Signer() = default;
  [[nodiscard]] virtual std::array<std::byte, 32> public_key() const = 0;
  // Some 25 µs.
  [[nodiscard]] virtual std::array<std::byte, 64> sign(std::string_view text) const = 0;
};

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
  // Ed25519; the seed is the secret key.
  [[nodiscard]] virtual std::unique_ptr<Signer> signer(const std::array<std::byte, 32>& seed) const = 0;
  // False: the signature is not of this key and text. Some 80 µs.
  [[nodiscard]] virtual bool is_signed(const std::array<std::byte, 32>& public_key, std::string_view text,
                                       const std::array<std::byte, 64>& signature) const = 0;
};

}  // namespace footfall
