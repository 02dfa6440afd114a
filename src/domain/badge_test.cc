// What a badge looks like, and that its text stays text.
#include "domain/badge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "domain/badge_svg.h"
#include "domain/limits.h"

namespace footfall {
namespace {

constexpr std::array<const char*, 7> style_names{"flat",   "flat-square", "plastic", "for-the-badge",
                                                 "digits", "plain",       "card"};

std::vector<BadgeRun> runs(const BadgeDrawing& drawing) {
  std::vector<BadgeRun> found;
  for (const auto& part : drawing.parts) {
    if (const auto* run = std::get_if<BadgeRun>(&part); run != nullptr && !run->is_echo) found.push_back(*run);
  }
  return found;
}
std::string text_of_runs(const BadgeDrawing& drawing) {
  std::string text;
  for (const BadgeRun& run : runs(drawing)) text += run.text + "|";
  return text;
}
BadgeLook look(const char* style) {
  BadgeLook look;
  look.style = badge_style_named(style).value();
  return look;
}
std::size_t count_of(const std::string& text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

// What xmllint says of a text; "" when it is well-formed.
std::string xml_fault(const std::string& text) {
  std::string file = testing::TempDir() + "badge-XXXXXX";
  FILE* out = fdopen(mkstemp(file.data()), "wb");
  std::fwrite(text.data(), 1, text.size(), out);
  std::fclose(out);
  FILE* lint = popen(("xmllint --nonet --noout '" + file + "' 2>&1; echo \"exit $?\"").c_str(), "r");
  std::string said;
  for (int c = std::fgetc(lint); c != EOF; c = std::fgetc(lint)) said.push_back(static_cast<char>(c));
  pclose(lint);
  std::remove(file.c_str());
  return said == "exit 0\n" ? "" : said;
}

// --- numbers ---

TEST(Badge, GroupsTheDigitsOfANumber) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'234), "1\u202F234");
  EXPECT_EQ(grouped(1'234'567), "1\u202F234\u202F567");
}

TEST(Badge, PadsANumberWithZerosWhereAsked) {
  BadgeLook padded = look("flat");
  padded.digits = 6;
  EXPECT_EQ(text_of_runs(draw_badge({"visits", 1'284, {}, {}}, padded)), "visits|001284|");
  EXPECT_EQ(text_of_runs(draw_badge({"visits", 12'345'678, {}, {}}, padded)), "visits|12345678|") << "it never cuts";
}

TEST(Badge, AnOdometerHasADrumForEachDigit) {
  EXPECT_EQ(text_of_runs(draw_badge({"", 42, {}, {}}, look("digits"))), "0|0|0|4|2|");
  EXPECT_EQ(text_of_runs(draw_badge({"", 1'234'567, {}, {}}, look("digits"))), "1|2|3|4|5|6|7|");
  BadgeLook two = look("digits");
  two.digits = 2;
  EXPECT_EQ(text_of_runs(draw_badge({"seen", 7, {}, "3"}, two)), "seen|3|0|7|");
}

TEST(Badge, ShowsTheLargestNumberThereIs) {
  for (const char* style : style_names) {
    const BadgeDrawing drawing = draw_badge({"visits", counter_value_max, {}, {}}, look(style));
    EXPECT_EQ(drawing.title, "visits: 9007199254740991");
    for (const BadgeRun& run : runs(drawing)) EXPECT_LE(run.x + run.width, drawing.width + 0.01) << style;
  }
}

// --- layout ---

TEST(Badge, EveryTextLiesWithinIt) {
  for (const char* style : style_names) {
    for (const char* label : {"", "v", "unique visitors since 2019", "访问者 🎉 ÄÖÜ"}) {
      const BadgeDrawing drawing = draw_badge({label, 1'234'567, "a note", {}}, look(style));
      SCOPED_TRACE(std::string(style) + " " + label);
      EXPECT_GT(drawing.width, 0);
      for (const BadgeRun& run : runs(drawing)) {
        EXPECT_GE(run.x, 0);
        EXPECT_LE(run.x + run.width, drawing.width + 0.01);
        EXPECT_GT(run.baseline, 0);
        EXPECT_LT(run.baseline, drawing.height);
      }
    }
  }
}

TEST(Badge, LabelAndNumberDoNotTouch) {
  for (const char* style : {"flat", "flat-square", "plastic", "for-the-badge", "plain"}) {
    const auto texts = runs(draw_badge({"visitors", 1'284, {}, {}}, look(style)));
    ASSERT_EQ(texts.size(), 2U) << style;
    EXPECT_LE(texts[0].x + texts[0].width + 3, texts[1].x) << style;
  }
}

TEST(Badge, ACardHasGoatCountersSize) {
  const BadgeDrawing with_note = draw_badge({"Views of this page", 5, "counted by Footfall", {}}, look("card"));
  EXPECT_EQ(with_note.width, 200);
  EXPECT_EQ(with_note.height, 80);
  EXPECT_EQ(draw_badge({"Views of this page", 5, {}, {}}, look("card")).height, 60);
}

TEST(Badge, TextCanBeReadOnEveryColour) {
  for (const char* color : {"fff", "000", "yellow", "lime", "silver", "red", "7f7f7f"}) {
    BadgeLook colored = look("flat");
    colored.color = colored.label_color = parse_color(color);
    for (const BadgeRun& run : runs(draw_badge({"visits", 1, {}, {}}, colored))) {
      EXPECT_GE(contrast(run.paint.light, *colored.color), 4.1) << color;
    }
  }
  for (const char* style : {"flat", "for-the-badge", "digits"}) {
    for (const BadgeRun& run : runs(draw_badge({"", 1, {}, {}}, look(style)))) {
      EXPECT_EQ(run.paint.light, (Rgb{255, 255, 255})) << style;
    }
  }
}

TEST(Badge, KnowsItsStylesAndThemesByName) {
  for (const char* style : style_names) EXPECT_TRUE(badge_style_named(style)) << style;
  EXPECT_FALSE(badge_style_named("Flat"));
  EXPECT_FALSE(badge_style_named("social"));
  for (const char* theme : {"auto", "light", "dark"}) EXPECT_TRUE(badge_theme_named(theme)) << theme;
  EXPECT_FALSE(badge_theme_named("dim"));
}

// --- SVG ---

TEST(BadgeSvg, SaysWhatItShowsToWhoCannotSeeIt) {
  const std::string svg = to_svg(draw_badge({"visitors", 1'284, {}, {}}, look("flat")));
  EXPECT_NE(svg.find(R"(role="img" aria-label="visitors: 1284")"), std::string::npos) << svg;
  EXPECT_NE(svg.find("<title>visitors: 1284</title>"), std::string::npos) << svg;
}

TEST(BadgeSvg, FollowsTheReadersSystemUnlessAThemeIsAskedFor) {
  BadgeLook plain = look("plain");
  const auto svg = [&](BadgeTheme theme) {
    plain.theme = theme;
    return to_svg(draw_badge({"visits", 1, {}, {}}, plain));
  };
  const std::string automatic = svg(BadgeTheme::automatic);
  EXPECT_NE(automatic.find("prefers-color-scheme:dark"), std::string::npos);
  for (const BadgeTheme theme : {BadgeTheme::light, BadgeTheme::dark}) {
    EXPECT_EQ(svg(theme).find("<style"), std::string::npos);
  }
  EXPECT_NE(svg(BadgeTheme::light), svg(BadgeTheme::dark));
}

TEST(BadgeSvg, IsWellFormedInEveryStyleAndTheme) {
  for (const char* style : style_names) {
    for (const char* theme : {"auto", "light", "dark"}) {
      BadgeLook each = look(style);
      each.theme = badge_theme_named(theme).value();
      const std::string svg = to_svg(draw_badge({"visits & more", 1'234'567, "a note", {}}, each));
      EXPECT_EQ(xml_fault(svg), "") << svg;
    }
  }
}

// Whatever the label is, the elements are the same: it never becomes markup.
TEST(BadgeSvg, CannotBeBrokenIntoByALabel) {
  using namespace std::string_literals;
  const std::vector<std::string> hostile{"</text><script>alert(1)</script>",
                                         "\"><svg onload=alert(1)>",
                                         "' onload='alert(1)",
                                         "]]>",
                                         "<!--",
                                         "--><script>1</script>",
                                         "&#x3c;script&#x3e;",
                                         "&bogus;",
                                         "<![CDATA[",
                                         "<?xml version='1.0'?>",
                                         "</title><script>",
                                         "</style><script>",
                                         "}@import url(//evil.example)",
                                         "a\0b"s,
                                         "\xff\xfe\xfd",
                                         "\xed\xa0\x80",
                                         "\xef\xbf\xbf\xef\xbf\xbe",
                                         "\x1b[2J\x07",
                                         "\u202Eevil",
                                         std::string(5'000, '<')};
  for (const char* style : style_names) {
    const std::string harmless = to_svg(draw_badge({"label", 7, "note", {}}, look(style)));
    for (const std::string& text : hostile) {
      const BadgeDrawing drawing = draw_badge({text, 7, text, {}}, look(style));
      const std::string svg = to_svg(drawing);
      ASSERT_EQ(xml_fault(svg), "") << style << ": " << text;
      EXPECT_EQ(count_of(svg, "<"), count_of(harmless, "<")) << style << ": " << text;
      const std::string html = to_html(drawing);
      EXPECT_EQ(count_of(html, "<"), count_of(to_html(draw_badge({"label", 7, "note", {}}, look(style))), "<"))
          << style << ": " << text;
      EXPECT_EQ(html.find("<script"), std::string::npos);
    }
  }
}

TEST(BadgeSvg, ASizeOfALabelIsBounded) {
  for (const char* style : style_names) {
    const BadgeDrawing drawing = draw_badge({std::string(100'000, 'W'), 1, {}, {}}, look(style));
    EXPECT_LT(drawing.width, 1'200) << style;
    EXPECT_LT(to_svg(drawing).size(), 8'000U) << style;
  }
}

TEST(BadgeSvg, LoadsNothing) {
  for (const char* style : style_names) {
    const std::string svg = to_svg(draw_badge({"visits", 1'284, {}, {}}, look(style)));
    EXPECT_EQ(svg.find("href"), std::string::npos);
    EXPECT_EQ(svg.find("@import"), std::string::npos);
    EXPECT_EQ(count_of(svg, "http"), 1U) << "the name of the format";
  }
}

TEST(BadgeHtml, IsAPageWithALanguageATitleAndAMain) {
  const std::string html = to_html(draw_badge({"visits", 1'284, {}, {}}, look("flat")));
  for (const char* what : {"<!doctype html>", "<html lang=\"en\">", "<meta charset=\"utf-8\">",
                           "<title>visits: 1284</title>", "<main>", "color-scheme"}) {
    EXPECT_NE(html.find(what), std::string::npos) << what;
  }
}

}  // namespace
}  // namespace footfall
