// Colours of badges: how they are read, and what can be read on them.
#include "domain/color.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

TEST(Color, IsReadHoweverPeopleWriteIt) {
  const Rgb wanted{0xAA, 0xBB, 0xCC};
  for (const char* text : {"aabbcc", "#aabbcc", "AABBCC", "abc", "#ABC"}) EXPECT_EQ(parse_color(text), wanted) << text;
  EXPECT_EQ(parse_color("Black"), parse_color("black"));
  EXPECT_TRUE(parse_color("teal"));
}

TEST(Color, IsNothingElse) {
  for (const char* text : {"", "#", "ab", "abcd", "abcde", "aabbccdd", "ggg", "##abc", "url(x)", "red;", "12345g"}) {
    EXPECT_FALSE(parse_color(text)) << text;
  }
}

TEST(Color, IsWrittenAsSixDigits) { EXPECT_EQ(hex_text({0, 0x0F, 0xFF}), "#000fff"); }

TEST(Color, ContrastIsThatOfWcag) {
  EXPECT_NEAR(contrast({255, 255, 255}, {0, 0, 0}), 21, 0.001);
  EXPECT_NEAR(contrast({0, 0, 0}, {255, 255, 255}), 21, 0.001);
  EXPECT_NEAR(contrast({0x77, 0x77, 0x77}, {255, 255, 255}), 4.48, 0.01);
}

TEST(Color, InkCanBeReadOnEveryBackground) {
  for (int red = 0; red < 256; red += 15) {
    for (int green = 0; green < 256; green += 15) {
      for (int blue = 0; blue < 256; blue += 15) {
        const Rgb background{static_cast<std::uint8_t>(red), static_cast<std::uint8_t>(green),
                             static_cast<std::uint8_t>(blue)};
        EXPECT_GE(contrast(ink_on(background), background), 4.1) << hex_text(background);
      }
    }
  }
}

}  // namespace
}  // namespace footfall
