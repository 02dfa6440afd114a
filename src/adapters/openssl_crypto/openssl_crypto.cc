#include "adapters/openssl_crypto/openssl_crypto.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/check.h"

namespace footfall {

void OpensslCrypto::random(std::span<std::byte> into) const {
  const int filled = RAND_bytes(reinterpret_cast<unsigned char*>(into.data()), static_cast<int>(into.size()));
  FOOTFALL_ASSERT(filled == 1);  // without randomness every secret made would be a lie
}

std::array<std::byte, 32> OpensslCrypto::sha256(std::string_view text) const {
  std::array<std::byte, 32> digest{};
  unsigned size = 0;
  const int made = EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
                              EVP_sha256(), nullptr);
  FOOTFALL_ASSERT(made == 1);
  FOOTFALL_ASSERT(size == digest.size());
  return digest;
}

std::array<std::byte, 32> OpensslCrypto::hmac_sha256(std::string_view key, std::string_view text) const {
  std::array<std::byte, 32> digest{};
  unsigned size = 0;
  const unsigned char* made =
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
           text.size(), reinterpret_cast<unsigned char*>(digest.data()), &size);
  FOOTFALL_ASSERT(made != nullptr);
  FOOTFALL_ASSERT(size == digest.size());
  return digest;
}

}  // namespace footfall
