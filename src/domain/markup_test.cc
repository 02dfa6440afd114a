// Strangers' text in XML and HTML.
#include "domain/markup.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace footfall {
namespace {

TEST(Markup, EscapesWhatEndsATextOrAnAttribute) {
  EXPECT_EQ(escape_markup(R"(<a href="x" id='y'>&amp;</a>)"),
            "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;");
}

TEST(Markup, KeepsAllOtherText) { EXPECT_EQ(escape_markup("Zürich — 訪問者 🎉"), "Zürich — 訪問者 🎉"); }

TEST(Markup, ReplacesWhatXmlDoesNotAllow) {
  struct Row {
    const char* because;
    std::string_view text;
  };
  for (const auto& row : {Row{"a zero byte", std::string_view("a\0b", 3)}, Row{"an escape", "a\x1b[31mb"},
                          Row{"a byte that is no UTF-8",
                              "a\xff"
                              "b"},
                          Row{"a surrogate",
                              "a\xed\xa0\x80"
                              "b"},
                          Row{"U+FFFE",
                              "a\xef\xbf\xbe"
                              "b"},
                          Row{"U+FFFF",
                              "a\xef\xbf\xbf"
                              "b"},
                          Row{"a C1 control",
                              "a\xc2\x9b"
                              "b"}}) {
    SCOPED_TRACE(row.because);
    const std::string escaped = escape_markup(row.text);
    EXPECT_TRUE(is_utf8(escaped));
    for (std::string_view rest = escaped; !rest.empty(); rest.remove_prefix(1)) {
      EXPECT_FALSE(static_cast<unsigned char>(rest.front()) < 0x20);
      EXPECT_FALSE(rest.starts_with("\xef\xbf\xbe") || rest.starts_with("\xef\xbf\xbf") ||
                   rest.starts_with("\xc2\x9b"));
    }
    EXPECT_TRUE(escaped.starts_with('a'));
    EXPECT_TRUE(escaped.ends_with('b'));
  }
}

TEST(TidyLine, IsOneLineWithSingleSpacesAndNoneAround) {
  EXPECT_EQ(tidy_line("  visits \t\n of\xc2\xa0 mine ", 64), "visits of mine");
  EXPECT_EQ(tidy_line(" ", 64), "");
}

TEST(TidyLine, CannotTurnTheNumberBesideItAround) {
  EXPECT_EQ(tidy_line("visits \u202E\u2066evil\u200F", 64), "visits evil");
}

TEST(TidyLine, CountsCharactersAndNotBytes) {
  EXPECT_EQ(tidy_line("ééééé", 3), "ééé");
  EXPECT_EQ(tidy_line("ab cd", 3), "ab");
  EXPECT_EQ(tidy_line("abc", 3), "abc");
}

}  // namespace
}  // namespace footfall
