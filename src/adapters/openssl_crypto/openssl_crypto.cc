#include "adapters/openssl_crypto/openssl_crypto.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <array>
#include <string>

#include "base/check.h"

namespace footfall {

namespace {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <typename T, auto Free>
using Owned = std::unique_ptr<T, Freed<Free>>;
using Key = Owned<EVP_PKEY, EVP_PKEY_free>;

template <std::size_t N>
unsigned char* bytes(std::array<std::byte, N>& array) {
  return reinterpret_cast<unsigned char*>(array.data());
}
template <std::size_t N>
const unsigned char* bytes(const std::array<std::byte, N>& array) {
  return reinterpret_cast<const unsigned char*>(array.data());
}
const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

class Ed25519Signer final : public Signer {
 public:
  explicit Ed25519Signer(const std::array<std::byte, 32>& seed)
      : key_(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes(seed), seed.size())) {
    FOOTFALL_ASSERT(key_ != nullptr);
  }

  [[nodiscard]] std::array<std::byte, 32> public_key() const override {
    std::array<std::byte, 32> key{};
    std::size_t size = key.size();
    const int got = EVP_PKEY_get_raw_public_key(key_.get(), bytes(key), &size);
    FOOTFALL_ASSERT(got == 1);
    return key;
  }

  [[nodiscard]] std::array<std::byte, 64> sign(std::string_view text) const override {
    const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    std::array<std::byte, 64> signature{};
    std::size_t size = signature.size();
    const bool made = EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
                      EVP_DigestSign(context.get(), bytes(signature), &size, bytes(text), text.size()) == 1;
    FOOTFALL_ASSERT(made);
    return signature;
  }

 private:
  Key key_;
};

}  // namespace

void OpensslCrypto::random(std::span<std::byte> into) const {
  const int filled = RAND_bytes(reinterpret_cast<unsigned char*>(into.data()), static_cast<int>(into.size()));
  FOOTFALL_ASSERT(filled == 1);  // without randomness every secret made would be a lie
}

std::array<std::byte, 32> OpensslCrypto::sha256(std::string_view text) const {
  // Looking the method up and making a context take longer than hashing a short text.
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  std::array<std::byte, 32> digest{};
  unsigned size = 0;
  const bool made = EVP_DigestInit_ex2(context.get(), method, nullptr) == 1 &&
                    EVP_DigestUpdate(context.get(), text.data(), text.size()) == 1 &&
                    EVP_DigestFinal_ex(context.get(), bytes(digest), &size) == 1;
  FOOTFALL_ASSERT(made);
  FOOTFALL_ASSERT(size == digest.size());
  return digest;
}

namespace {

// OpenSSL looks its algorithms up by name at every one-shot call, which takes twice as long as the work itself. A
// context made once for each thread knows them, and takes a new key at every use.
class Hmac {
 public:
  Hmac() : algorithm_(EVP_MAC_fetch(nullptr, "HMAC", nullptr)), context_(EVP_MAC_CTX_new(algorithm_)) {
    std::string digest = "SHA256";
    const std::array<OSSL_PARAM, 2> settings{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), digest.size()),
        OSSL_PARAM_construct_end()};
    FOOTFALL_ASSERT(context_ != nullptr && EVP_MAC_CTX_set_params(context_, settings.data()) == 1);
  }
  ~Hmac() {
    EVP_MAC_CTX_free(context_);
    EVP_MAC_free(algorithm_);
  }
  Hmac(const Hmac&) = delete;
  Hmac& operator=(const Hmac&) = delete;

  std::array<std::byte, 32> sign(std::string_view key, std::string_view text) {
    std::array<std::byte, 32> mac{};
    std::size_t size = 0;
    const bool made = EVP_MAC_init(context_, bytes(key), key.size(), nullptr) == 1 &&
                      EVP_MAC_update(context_, bytes(text), text.size()) == 1 &&
                      EVP_MAC_final(context_, reinterpret_cast<unsigned char*>(mac.data()), &size, mac.size()) == 1;
    FOOTFALL_ASSERT(made);
    FOOTFALL_ASSERT(size == mac.size());
    return mac;
  }

 private:
  // An empty key must still be one: a null pointer means the key before.
  static const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.empty() ? "" : text.data());
  }

  EVP_MAC* algorithm_;
  EVP_MAC_CTX* context_;
};

}  // namespace

std::array<std::byte, 32> OpensslCrypto::hmac_sha256(std::string_view key, std::string_view text) const {
  thread_local Hmac hmac;
  return hmac.sign(key, text);
}

std::unique_ptr<Signer> OpensslCrypto::signer(const std::array<std::byte, 32>& seed) const {
  return std::make_unique<Ed25519Signer>(seed);
}

bool OpensslCrypto::is_signed(const std::array<std::byte, 32>& public_key, std::string_view text,
                              const std::array<std::byte, 64>& signature) const {
  const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(public_key), public_key.size()));
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  // Not every 32 bytes are a point of the curve.
  return key != nullptr && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(text), text.size()) == 1;
}

}  // namespace footfall
