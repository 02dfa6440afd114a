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

TEST(OpensslCrypto, NeverGivesTheSameRandomnessTwice) {
  std::array<std::byte, 32> one{}, two{};
  OpensslCrypto().random(one);
  OpensslCrypto().random(two);
  EXPECT_NE(one, two);
}

}  // namespace
}  // namespace footfall
