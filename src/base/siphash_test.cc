#include "base/siphash.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>

namespace footfall {
namespace {

// Appendix A of the paper: the key is 00 01 … 0f, the text of length n is 00 01 … n-1.
constexpr SipKey paper_key{0x0706050403020100ULL, 0x0F0E0D0C0B0A0908ULL};

std::string paper_text(std::size_t length) {
  std::string text;
  for (std::size_t i = 0; i < length; ++i) text.push_back(static_cast<char>(i));
  return text;
}

TEST(SipHash, GivesThePapersOwnExample) { EXPECT_EQ(siphash(paper_key, paper_text(15)), 0xA129CA6149BE45E5ULL); }

TEST(SipHash, GivesTheAuthorsVectorsForEveryTail) {
  // The first of `vectors_sip64` in the authors' reference code (veorq/SipHash), as numbers.
  constexpr std::array<std::uint64_t, 16> vectors{
      0x726FDB47DD0E0E31ULL, 0x74F839C593DC67FDULL, 0x0D6C8009D9A94F5AULL, 0x85676696D7FB7E2DULL,
      0xCF2794E0277187B7ULL, 0x18765564CD99A68DULL, 0xCBC9466E58FEE3CEULL, 0xAB0200F58B01D137ULL,
      0x93F5F5799A932462ULL, 0x9E0082DF0BA9E4B0ULL, 0x7A5DBBC594DDB9F3ULL, 0xF4B32F46226BADA7ULL,
      0x751E8FBC860EE5FBULL, 0x14EA5627C0843D90ULL, 0xF723CA908E7AF2EEULL, 0xA129CA6149BE45E5ULL};
  for (std::size_t length = 0; length < vectors.size(); ++length) {
    EXPECT_EQ(siphash(paper_key, paper_text(length)), vectors[length]) << length;
  }
}

TEST(SipHash, WithFewerRoundsGivesTheVectorOfRustsHashTables) {
  EXPECT_EQ(siphash13(paper_key, ""), 0xABAC0158050FC4DCULL);  // library/coretests/tests/hash/sip.rs of rust-lang/rust
}

TEST(SipHash, OfANumberIsTheHashOfItsEightBytes) {
  const std::uint64_t number = 0x0706050403020100ULL;
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &number, 8);
  EXPECT_EQ(siphash(paper_key, number), siphash(paper_key, bytes));
}

TEST(SipHash, DependsOnEveryBitOfKeyAndText) {
  const std::string text = "/about";
  const std::uint64_t hash = siphash(paper_key, text);
  for (unsigned bit = 0; bit < 64; ++bit) {
    EXPECT_NE(siphash({paper_key.low ^ (1ULL << bit), paper_key.high}, text), hash);
    EXPECT_NE(siphash({paper_key.low, paper_key.high ^ (1ULL << bit)}, text), hash);
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] = static_cast<char>(other[i] ^ 1);
    EXPECT_NE(siphash(paper_key, other), hash);
  }
}

}  // namespace
}  // namespace footfall
