// Packed bytes come back as they were, or not at all.

#include "adapters/zlib_compression/zlib_compression.h"

#include <gtest/gtest.h>

#include <random>

namespace footfall {
namespace {

std::string text_of_many(std::size_t lines) {
  std::string text;
  for (std::size_t i = 0; i < lines; ++i) text += "line " + std::to_string(i % 97) + " of much the same\n";
  return text;
}

TEST(ZlibCompression, GivesBackWhatItWasGiven) {
  const ZlibCompression zlib;
  std::mt19937 random(1);
  std::string noise(100'000, ' ');
  for (char& c : noise) c = static_cast<char>(random());
  for (const std::string& bytes :
       {std::string(), std::string("a"), std::string(1'000'000, '\0'), text_of_many(10'000), noise}) {
    const auto back = zlib.unpack(zlib.pack(bytes), 1'000'000);
    ASSERT_TRUE(back) << bytes.size() << " bytes: " << back.error().what;
    EXPECT_EQ(*back, bytes);
  }
  EXPECT_LT(zlib.pack(text_of_many(10'000)).size() * 20, text_of_many(10'000).size());
}

TEST(ZlibCompression, NeverUnpacksMoreThanIsAllowed) {
  const ZlibCompression zlib;
  const std::string packed = zlib.pack(std::string(1'000'000, '\0'));
  EXPECT_EQ(zlib.unpack(packed, 999'999).error().code, ErrorCode::too_large);
  EXPECT_EQ(zlib.unpack(packed, 0).error().code, ErrorCode::too_large);
  EXPECT_TRUE(zlib.unpack(packed, 1'000'000));
}

TEST(ZlibCompression, DamageIsTold) {
  const ZlibCompression zlib;
  const std::string bytes = text_of_many(200);
  const std::string packed = zlib.pack(bytes);
  EXPECT_EQ(zlib.unpack("", 100).error().code, ErrorCode::corrupt);
  EXPECT_EQ(zlib.unpack("no packed bytes", 100).error().code, ErrorCode::corrupt);
  EXPECT_EQ(zlib.unpack(packed + "x", 100'000).error().code, ErrorCode::corrupt);
  for (std::size_t i = 0; i < packed.size(); ++i) {
    EXPECT_FALSE(zlib.unpack(packed.substr(0, i), 100'000)) << i;
    std::string changed = packed;
    changed[i] = static_cast<char>(changed[i] ^ 0x20);
    const auto back = zlib.unpack(changed, 100'000);
    if (back) {
      EXPECT_EQ(*back, bytes) << i;
    }
  }
}

}  // namespace
}  // namespace footfall
