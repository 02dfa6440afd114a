// Digests against the published vectors, and randomness.

#include "adapters/openssl_crypto/openssl_crypto.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace footfall {
namespace {

TEST(OpensslCrypto, DigestsAsFips180SaysItShould) {
  EXPECT_EQ(to_hex(OpensslCrypto().sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(OpensslCrypto().sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

// RFC 4231, test cases 1, 2 and 6 (a key longer than a block).
TEST(OpensslCrypto, SignsAsRfc4231SaysItShould) {
  const OpensslCrypto crypto;
  EXPECT_EQ(to_hex(crypto.hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(crypto.hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(
      to_hex(crypto.hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(OpensslCrypto, SignsEveryTextWithTheKeyThatIsGivenWithIt) {
  const OpensslCrypto crypto;
  const auto of_one = crypto.hmac_sha256("one", "text");
  const auto of_none = crypto.hmac_sha256("", "text");
  EXPECT_NE(of_one, of_none);
  EXPECT_EQ(crypto.hmac_sha256("one", "text"), of_one);
  EXPECT_EQ(crypto.hmac_sha256({}, "text"), of_none);
  // RFC 2104 over nothing at all, as other tools say it.
  EXPECT_EQ(to_hex(crypto.hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(OpensslCrypto, NeverGivesTheSameRandomnessTwice) {
  std::array<std::byte, 32> one{}, two{};
  OpensslCrypto().random(one);
  OpensslCrypto().random(two);
  EXPECT_NE(one, two);
}

template <std::size_t N>
std::array<std::byte, N> from_hex(std::string_view hex) {
  std::array<std::byte, N> bytes{};
  for (std::size_t i = 0; i < N; ++i) {
    bytes[i] = static_cast<std::byte>(std::stoi(std::string(hex.substr(2 * i, 2)), nullptr, 16));
  }
  return bytes;
}

// RFC 8032 §7.1, the first two tests.
TEST(OpensslCrypto, SignsAsRfc8032SaysItShould) {
  struct Row {
    const char* seed;
    const char* key;
    const char* text;
    const char* signature;
  };
  for (const auto& row : {Row{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                              "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                              "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e3970"
                              "1cf9b46bd25bf5f0595b"
                              "be24655141438e7a100b"},
                          Row{"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                              "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "r",
                              "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613"
                              "d0f11d8c387b2eaeb430"
                              "2aeeb00d291612bb0c00"}}) {
    const OpensslCrypto crypto;
    const auto signer = crypto.signer(from_hex<32>(row.seed));
    EXPECT_EQ(to_hex(signer->public_key()), row.key);
    const auto signature = signer->sign(row.text);
    EXPECT_EQ(to_hex(signature), row.signature);
    EXPECT_TRUE(crypto.is_signed(signer->public_key(), row.text, signature));
    EXPECT_FALSE(crypto.is_signed(signer->public_key(), "another text", signature));
    auto altered = signature;
    altered[0] ^= std::byte{1};
    EXPECT_FALSE(crypto.is_signed(signer->public_key(), row.text, altered));
    std::array<std::byte, 32> no_point{};
    no_point.fill(std::byte{0xFF});
    EXPECT_FALSE(crypto.is_signed(no_point, row.text, signature));
  }
}

}  // namespace
}  // namespace footfall
