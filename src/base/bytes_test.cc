#include "base/bytes.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

using namespace std::string_literals;

TEST(Bytes, AreReadBackAsTheyWereWritten) {
  std::string bytes;
  ByteWriter writer(bytes);
  writer.byte(0xFF);
  writer.word32(0x01020304);
  writer.word64(UINT64_MAX);
  writer.varint(300);
  writer.signed_varint(-300);
  writer.text("héllo");
  writer.text("");
  ByteReader reader(bytes);
  EXPECT_EQ(reader.byte(), 0xFF);
  EXPECT_EQ(reader.word32(), 0x01020304U);
  EXPECT_EQ(reader.word64(), UINT64_MAX);
  EXPECT_EQ(reader.varint(), 300U);
  EXPECT_EQ(reader.signed_varint(), -300);
  EXPECT_EQ(reader.text(), "héllo");
  EXPECT_EQ(reader.text(), "");
  EXPECT_TRUE(reader.good());
  EXPECT_TRUE(reader.rest().empty());
}

TEST(Bytes, LieLittleEndian) {
  std::string bytes;
  ByteWriter(bytes).word32(0x01020304);
  EXPECT_EQ(bytes, "\x04\x03\x02\x01");
}

TEST(Varint, TakesOneByteForEverySevenBits) {
  struct Row {
    std::uint64_t number;
    std::string bytes;
  };
  for (const auto& row : {Row{0, "\0"s}, Row{127, "\x7F"}, Row{128, "\x80\x01"}, Row{16'383, "\xFF\x7F"},
                          Row{16'384, "\x80\x80\x01"}, Row{UINT64_MAX, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"}}) {
    SCOPED_TRACE(row.number);
    std::string bytes;
    ByteWriter(bytes).varint(row.number);
    EXPECT_EQ(bytes, row.bytes);
    EXPECT_EQ(ByteReader(bytes).varint(), row.number);
  }
}

TEST(Varint, KeepsSmallNegativeNumbersShort) {
  for (const std::int64_t number :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{63}, std::int64_t{-64}, INT64_MAX, INT64_MIN}) {
    SCOPED_TRACE(number);
    std::string bytes;
    ByteWriter(bytes).signed_varint(number);
    EXPECT_EQ(ByteReader(bytes).signed_varint(), number);
    if (number >= -64 && number <= 63) {
      EXPECT_EQ(bytes.size(), 1U);
    }
  }
}

TEST(ByteReader, TurnsBadAtTheFirstFieldThatDoesNotFitAndStaysBad) {
  struct Row {
    const char* because;
    std::string bytes;
    void (*read)(ByteReader&);
  };
  for (const auto& row : {
           Row{"no byte", "", [](ByteReader& reader) { reader.byte(); }},
           Row{"three of four", "abc", [](ByteReader& reader) { reader.word32(); }},
           Row{"seven of eight", "abcdefg", [](ByteReader& reader) { reader.word64(); }},
           Row{"a varint without end", "\xFF\xFF", [](ByteReader& reader) { reader.varint(); }},
           Row{"a varint of eleven bytes", "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01",
               [](ByteReader& reader) { reader.varint(); }},
           Row{"a text longer than the rest",
               "\x04"
               "abc",
               [](ByteReader& reader) { reader.text(); }},
           Row{"a text longer than memory",
               "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"
               "abc",
               [](ByteReader& reader) { reader.text(); }},
       }) {
    SCOPED_TRACE(row.because);
    ByteReader reader(row.bytes);
    row.read(reader);
    EXPECT_FALSE(reader.good());
    EXPECT_EQ(reader.byte(), 0) << "nothing more is read";
    EXPECT_EQ(reader.text(), "");
    EXPECT_TRUE(reader.rest().empty());
    EXPECT_FALSE(reader.good());
  }
}

}  // namespace
}  // namespace footfall
