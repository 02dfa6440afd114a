// The widths of the badges' letters.
#include "domain/text_width.h"

#include <gtest/gtest.h>

#include "domain/code_points.h"

namespace footfall {
namespace {

// Read off DejaVu Sans by other means: 2,048 units an em.
TEST(TextWidth, IsTheFontsOwn) {
  EXPECT_DOUBLE_EQ(character_width('0', Weight::regular), 1303 / 2048.0);
  EXPECT_DOUBLE_EQ(character_width('0', Weight::bold), 1425 / 2048.0);
  EXPECT_DOUBLE_EQ(character_width(' ', Weight::regular), 651 / 2048.0);
  EXPECT_DOUBLE_EQ(text_width("i0", Weight::regular, 2048), 569 + 1303);
}

TEST(TextWidth, KnowsScriptsBesideLatin) {
  EXPECT_GT(text_width("Ж", Weight::regular, 1), text_width("і", Weight::regular, 1));
  EXPECT_GT(character_width(0x202F, Weight::regular), 0) << "the space between groups of digits";
}

TEST(TextWidth, GuessesWhatTheFontDoesNotHave) {
  EXPECT_DOUBLE_EQ(text_width("訪問者", Weight::regular, 10), 30);
  EXPECT_DOUBLE_EQ(text_width("\U0001F973", Weight::bold, 10), 10);
}

TEST(CodePoints, AreReadAsTheyWereWritten) {
  for (const char32_t c : {U'a', U'é', U'訪', U'\U0001F389', char32_t{0x7F}, char32_t{0x80}, char32_t{0x7FF},
                           char32_t{0x800}, char32_t{0xFFFD}, char32_t{0x10000}, char32_t{0x10FFFF}}) {
    std::string text;
    append_utf8(text, c);
    std::string_view rest = text;
    EXPECT_EQ(take_code_point(rest), c);
    EXPECT_TRUE(rest.empty());
  }
}

}  // namespace
}  // namespace footfall
