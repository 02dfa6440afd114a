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

TEST(OpensslCrypto, NeverGivesTheSameRandomnessTwice) {
  std::array<std::byte, 32> one{}, two{};
  OpensslCrypto().random(one);
  OpensslCrypto().random(two);
  EXPECT_NE(one, two);
}

}  // namespace
}  // namespace footfall
