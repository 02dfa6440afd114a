// Randomness that a test can foretell, and a digest that is good enough to look things up by.
#pragma once

#include <array>
#include <atomic>
#include <cstring>
#include <string>

#include "base/siphash.h"
#include "ports/crypto.h"

namespace footfall {

class FakeCrypto final : public Crypto {
 public:
  void random(std::span<std::byte> into) const override {
    for (std::size_t at = 0; at < into.size(); at += sizeof(std::uint64_t)) {
      const std::uint64_t word = siphash({0xF00F, 0xA11}, ++turn_);
      std::memcpy(into.data() + at, &word, std::min(sizeof word, into.size() - at));
    }
  }
  [[nodiscard]] std::array<std::byte, 32> sha256(std::string_view text) const override {
    std::array<std::byte, 32> digest{};
    for (std::uint64_t part = 0; part < 4; ++part) {
      const std::uint64_t word = siphash({part, 0x5A}, text);
      std::memcpy(digest.data() + part * sizeof word, &word, sizeof word);
    }
    return digest;
  }
  [[nodiscard]] std::array<std::byte, 32> hmac_sha256(std::string_view key, std::string_view text) const override {
    return sha256(std::to_string(key.size()) + std::string(key) + std::string(text));
  }

  // Whoever has the public key can sign: enough to see that what was altered is refused.
  [[nodiscard]] std::unique_ptr<Signer> signer(const std::array<std::byte, 32>& seed) const override {
    return std::make_unique<FakeSigner>(sha256({reinterpret_cast<const char*>(seed.data()), seed.size()}));
  }
  [[nodiscard]] bool is_signed(const std::array<std::byte, 32>& public_key, std::string_view text,
                               const std::array<std::byte, 64>& signature) const override {
    return FakeSigner(public_key).sign(text) == signature;
  }

 private:
  class FakeSigner final : public Signer {
   public:
    explicit FakeSigner(const std::array<std::byte, 32>& public_key) : public_key_(public_key) {}
    [[nodiscard]] std::array<std::byte, 32> public_key() const override { return public_key_; }
    [[nodiscard]] std::array<std::byte, 64> sign(std::string_view text) const override {
      const FakeCrypto crypto;
      const std::string key(reinterpret_cast<const char*>(public_key_.data()), public_key_.size());
      const auto digest = crypto.hmac_sha256(key, text);
      std::array<std::byte, 64> signature{};
      std::memcpy(signature.data(), digest.data(), digest.size());
      return signature;
    }

   private:
    std::array<std::byte, 32> public_key_;
  };

  mutable std::atomic<std::uint64_t> turn_{0};
};

}  // namespace footfall
