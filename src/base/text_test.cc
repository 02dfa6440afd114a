#include "base/text.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace footfall {
namespace {

using namespace std::string_literals;

// --- base64url and hexadecimal ---

TEST(Base64url, WritesWhatRfc4648ShowsWithoutPadding) {
  struct Row {
    const char* bytes;
    const char* text;
  };
  // The vectors of RFC 4648 §10.
  for (const auto& row : {Row{"", ""}, Row{"f", "Zg"}, Row{"fo", "Zm8"}, Row{"foo", "Zm9v"}, Row{"foob", "Zm9vYg"},
                          Row{"fooba", "Zm9vYmE"}, Row{"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(to_base64url(bytes_of(row.bytes)), row.text);
    EXPECT_EQ(from_base64url(row.text), row.bytes);
  }
  EXPECT_EQ(to_base64url(bytes_of("\xFB\xEF\xFF")), "--__") << "the two characters that are safe in URLs";
}

TEST(Base64url, ReadsBackAnyBytes) {
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 100; ++size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    EXPECT_EQ(from_base64url(to_base64url(bytes_of(bytes))), bytes);
  }
}

TEST(Base64url, RefusesWhatTheEncoderNeverWrites) {
  struct Row {
    const char* because;
    const char* text;
  };
  for (const auto& row : {Row{"padding", "Zg=="}, Row{"the other alphabet", "+/+/"}, Row{"a space", "Zm 9v"},
                          Row{"a lone sixth of a byte", "Zm9vY"}, Row{"leftover bits that are not zero", "Zh"},
                          Row{"leftover bits in three characters", "Zm9"}, Row{"not ASCII", "Zm9\xC3"}}) {
    SCOPED_TRACE(row.because);
    EXPECT_EQ(from_base64url(row.text), std::nullopt);
  }
}

TEST(Hex, WritesTwoLowerCaseDigitsAByte) {
  EXPECT_EQ(to_hex(bytes_of("\x00\x0F\xA0\xFF"s)), "000fa0ff");
  EXPECT_EQ(to_hex({}), "");
}

// --- percent encoding ---

TEST(PercentDecoding, ReplacesWhatIsEncodedAndLeavesTheRest) {
  struct Row {
    const char* because;
    const char* encoded;
    std::string decoded;
  };
  for (const auto& row :
       {Row{"nothing is encoded", "/about", "/about"}, Row{"upper and lower case digits", "%2F%2f", "//"},
        Row{"UTF-8 comes byte by byte", "caf%C3%A9", "caf\xC3\xA9"}, Row{"a zero byte is a byte", "a%00b", "a\0b"s},
        Row{"a plus is a plus", "a+b", "a+b"}, Row{"once, not twice", "%2525", "%25"}, Row{"nothing", "", ""}}) {
    SCOPED_TRACE(row.because);
    const auto decoded = percent_decode(row.encoded);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, row.decoded);
  }
}

TEST(PercentDecoding, ReadsAPlusInAFormAsASpace) { EXPECT_EQ(*percent_decode("a+b%2Bc", PlusMeans::space), "a b+c"); }

TEST(PercentDecoding, RefusesAPercentSignWithoutTwoDigits) {
  for (const char* text : {"%", "%2", "%G0", "%0G", "100%", "a%-1", "% 20"}) {
    SCOPED_TRACE(text);
    const auto decoded = percent_decode(text);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code, ErrorCode::invalid);
  }
}

TEST(PercentEncoding, LeavesUnreservedCharactersAndReadsBackAnyBytes) {
  EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(percent_encode("/a b?é"), "%2Fa%20b%3F%C3%A9");
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every.push_back(static_cast<char>(byte));
  EXPECT_EQ(*percent_decode(percent_encode(every)), every);
}

// --- ASCII case and space ---

TEST(Case, FoldsAsciiAndNothingElse) {
  EXPECT_EQ(to_lower("AbZ@[`{É"), "abz@[`{É");
  EXPECT_TRUE(equals_ignoring_case("Content-TYPE", "content-type"));
  EXPECT_FALSE(equals_ignoring_case("content-type", "content_type"));
  EXPECT_FALSE(equals_ignoring_case("a", "ab"));
  EXPECT_TRUE(ends_with_ignoring_case("index.HTML", ".html"));
  EXPECT_FALSE(ends_with_ignoring_case("html", ".html"));
  EXPECT_TRUE(ends_with_ignoring_case("anything", ""));
}

TEST(Trim, TakesSpacesAndTabsFromBothEnds) {
  EXPECT_EQ(trim(" \t a b\t "), "a b");
  EXPECT_EQ(trim(" \t"), "");
  EXPECT_EQ(trim("\na\n"), "\na\n") << "line ends are not space here";
}

// --- parameters ---

TEST(Parameters, TheFirstOfANameCounts) {
  EXPECT_EQ(find_parameter("a=1&b=2&a=3", "a"), "1");
  EXPECT_EQ(find_parameter("a=1&b=2", "b"), "2");
  EXPECT_EQ(find_parameter("a=1&b=2", "c"), std::nullopt);
  EXPECT_EQ(find_parameter("ab=1", "a"), std::nullopt) << "a name is a whole name";
}

TEST(Parameters, MayHaveNoValueAndMayBeOddlyJoined) {
  EXPECT_EQ(find_parameter("a", "a"), "");
  EXPECT_EQ(find_parameter("a=", "a"), "");
  EXPECT_EQ(find_parameter("a=b=c", "a"), "b=c");
  EXPECT_EQ(find_parameter("&&a=1&", "a"), "1");
  EXPECT_EQ(find_parameter("", "a"), std::nullopt);
}

TEST(Parameters, AreWalkedInOrder) {
  std::vector<std::string> seen;
  for_each_parameter("b=2&a=1&&c", [&](std::string_view name, std::string_view value) {
    seen.push_back(std::string(name) + ":" + std::string(value));
  });
  EXPECT_EQ(seen, (std::vector<std::string>{"b:2", "a:1", "c:"}));
}

// --- UTF-8 ---

TEST(Utf8, IsWhatRfc3629CallsWellFormed) {
  struct Row {
    const char* because;
    std::string text;
    bool good;
  };
  for (const auto& row : {
           Row{"ASCII, with a zero byte", "a\0b"s, true},
           Row{"two bytes", "\xC2\x80\xDF\xBF", true},
           Row{"three bytes", "\xE0\xA0\x80\xEF\xBF\xBF", true},
           Row{"four bytes, up to the last character", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", true},
           Row{"a continuation alone", "\x80", false},
           Row{"cut short after one of two", "\xC3", false},
           Row{"cut short after two of three", "\xE2\x82", false},
           Row{"cut short after three of four", "\xF0\x9F\x98", false},
           Row{"an overlong slash", "\xC0\xAF", false},
           Row{"overlong in three bytes", "\xE0\x9F\xBF", false},
           Row{"overlong in four bytes", "\xF0\x8F\xBF\xBF", false},
           Row{"a surrogate", "\xED\xA0\x80", false},
           Row{"beyond the last character", "\xF4\x90\x80\x80", false},
           Row{"a byte that is never used", "\xFF", false},
       }) {
    SCOPED_TRACE(row.because);
    EXPECT_EQ(is_utf8(row.text), row.good);
    EXPECT_TRUE(is_utf8(clean_utf8(row.text)));
  }
}

TEST(Utf8, IsCutBetweenCharacters) {
  const std::string text = "aé€😀";  // 1 + 2 + 3 + 4 bytes
  const std::vector<std::size_t> kept{0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
  for (std::size_t bytes_max = 0; bytes_max < kept.size(); ++bytes_max) {
    EXPECT_EQ(cut_utf8(text, bytes_max).size(), kept[bytes_max]) << bytes_max;
  }
}

TEST(Utf8, IsCleanedOfMalformedBytesAndControlCharacters) {
  EXPECT_EQ(clean_utf8("a\xFF\xC3"), "a\xEF\xBF\xBD\xEF\xBF\xBD") << "each malformed byte becomes U+FFFD";
  EXPECT_EQ(clean_utf8("a\r\nb\x7F\0c"s), "a  b  c") << "each control character becomes a space";
  EXPECT_EQ(clean_utf8("é😀"), "é😀");
}

// --- numbers ---

TEST(ParseUnsigned, ReadsWholeDecimalNumbersAndNothingElse) {
  EXPECT_EQ(parse_unsigned("0"), 0U);
  EXPECT_EQ(parse_unsigned("007"), 7U);
  EXPECT_EQ(parse_unsigned("18446744073709551615"), UINT64_MAX);
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "1e3", "18446744073709551616"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(parse_unsigned(text), std::nullopt);
  }
}

}  // namespace
}  // namespace footfall
