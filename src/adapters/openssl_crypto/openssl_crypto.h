// Randomness and digests by OpenSSL.
#pragma once

#include "ports/crypto.h"

namespace footfall {

class OpensslCrypto : public Crypto {
 public:
  void random(std::span<std::byte> into) const override;
  [[nodiscard]] std::array<std::byte, 32> sha256(std::string_view text) const override;
  [[nodiscard]] std::array<std::byte, 32> hmac_sha256(std::string_view key, std::string_view text) const override;
  [[nodiscard]] std::unique_ptr<Signer> signer(const std::array<std::byte, 32>& seed) const override;
  [[nodiscard]] bool is_signed(const std::array<std::byte, 32>& public_key, std::string_view text,
                               const std::array<std::byte, 64>& signature) const override;
};

}  // namespace footfall
