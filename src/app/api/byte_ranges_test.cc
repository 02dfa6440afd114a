#include "app/api/byte_ranges.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "domain/limits.h"

namespace footfall {
namespace {

using Kind = RangesAsked::Kind;

constexpr std::uint64_t size = 10'000;

TEST(ByteRanges, AreReadAsTheStandardHasThem) {
  struct Row {
    const char* header;
    std::vector<ByteRange> parts;
  };
  for (const auto& row :
       {Row{"bytes=0-499", {{0, 500}}}, Row{"bytes=500-999", {{500, 500}}}, Row{"bytes=-500", {{9'500, 500}}},
        Row{"bytes=9500-", {{9'500, 500}}}, Row{"bytes=0-0,-1", {{0, 1}, {9'999, 1}}},
        Row{"BYTES = 0-0 , 5000-5000,, ,", {{0, 1}, {5'000, 1}}}, Row{"bytes=0-99999999999999999999999", {{0, size}}},
        Row{"bytes=-99999999999999999999999", {{0, size}}}, Row{"bytes=9999-10000", {{9'999, 1}}},
        Row{"bytes=0-0,10000-", {{0, 1}}}, Row{"bytes=5000-5999,0-999", {{5'000, 1'000}, {0, 1'000}}}}) {
    SCOPED_TRACE(row.header);
    const RangesAsked asked = parse_ranges(row.header, size);
    EXPECT_EQ(asked.kind, Kind::parts);
    EXPECT_EQ(asked.parts, row.parts);
  }
}

TEST(ByteRanges, ThatCannotBeReadAreAsIfNotSent) {
  for (const char* header :
       {"", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=5-4", "bytes=a-b", "bytes=1", "lines=0-1", "bytes=0-1;2-3",
        "bytes=--1", "bytes=0x0-1", "bytes=+1-2", "bytes=0-1,x", "0-1", "bytes=1 -2"}) {
    SCOPED_TRACE(header);
    EXPECT_EQ(parse_ranges(header, size).kind, Kind::whole);
  }
}

TEST(ByteRanges, ThatBeginBehindTheEndCannotBeMet) {
  for (const char* header : {"bytes=10000-", "bytes=10000-10001", "bytes=-0", "bytes=99999999999999999999999-"}) {
    SCOPED_TRACE(header);
    EXPECT_EQ(parse_ranges(header, size).kind, Kind::none);
  }
  for (const char* header : {"bytes=0-", "bytes=-1", "bytes=0-0"}) EXPECT_EQ(parse_ranges(header, 0).kind, Kind::none);
}

TEST(ByteRanges, ThatOverlapOrNearlyTouchBecomeOne) {
  struct Row {
    const char* header;
    std::vector<ByteRange> parts;
  };
  for (const auto& row :
       {Row{"bytes=0-99,100-199", {{0, 200}}}, Row{"bytes=0-999,500-1499", {{0, 1'500}}},
        Row{"bytes=0-9999,5-5", {{0, size}}}, Row{"bytes=0-,0-,0-", {{0, size}}},
        Row{"bytes=200-299,0-149", {{0, 300}}}, Row{"bytes=5000-5999,0-9,5-5", {{0, 10}, {5'000, 1'000}}}}) {
    SCOPED_TRACE(row.header);
    EXPECT_EQ(parse_ranges(row.header, size).parts, row.parts);
  }
}

TEST(ByteRanges, AreNoMoreThanTheLimitOrElseTheWholeFile) {
  std::string header = "bytes=0-0";
  for (std::size_t i = 1; i < byte_ranges_max; ++i) {
    const std::string at = std::to_string(i * 500);
    header += "," + at + "-" + at;
  }
  EXPECT_EQ(parse_ranges(header, size).parts.size(), byte_ranges_max);
  EXPECT_EQ(parse_ranges(header + ",9999-", size).kind, Kind::whole);
}

TEST(ByteRanges, HoweverTheyAreWrittenAreInsideTheFileAndNoByteIsInTwo) {
  std::minstd_rand random(20'261'121);
  const auto below = [&](std::uint64_t end) { return random() % end; };
  std::size_t met = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::uint64_t file_bytes = below(10'000);
    std::string header = "bytes=";
    for (std::uint64_t i = below(8); i > 0; --i) {
      const std::uint64_t first = below(11'000), bytes = below(600);
      const std::uint64_t form = below(8);
      header += form == 0 ? "-" + std::to_string(bytes) : std::to_string(first) + "-";
      if (form > 1) header += std::to_string(first + bytes);
      header += ',';
    }
    if (below(10) == 0) header[below(header.size())] = "-,0 x"[below(5)];
    SCOPED_TRACE(header + " of " + std::to_string(file_bytes));
    RangesAsked asked = parse_ranges(header, file_bytes);
    ASSERT_EQ(asked.kind == Kind::parts, !asked.parts.empty());
    ASSERT_LE(asked.parts.size(), byte_ranges_max);
    std::sort(asked.parts.begin(), asked.parts.end(), [](auto& a, auto& b) { return a.first < b.first; });
    std::uint64_t end = 0;
    for (const ByteRange& part : asked.parts) {
      ASSERT_GT(part.bytes, 0U);
      ASSERT_GE(part.first, end);
      end = part.first + part.bytes;
    }
    ASSERT_LE(end, file_bytes);
    met += asked.parts.size() > 1 ? 1U : 0U;
  }
  EXPECT_GT(met, 5'000U) << "the headers are of no use for this test";
}

TEST(ByteRanges, AreToldWithTheWholeSize) {
  EXPECT_EQ(content_range({0, 500}, size), "bytes 0-499/10000");
  EXPECT_EQ(content_range({9'999, 1}, size), "bytes 9999-9999/10000");
}

// A file whose byte at n is a letter of n, which gives at most seven bytes at a time.
class SevenAtATime final : public OpenSiteFile {
 public:
  Result<std::string> read(std::uint64_t at, std::size_t bytes) override {
    if (at >= breaks_at) return Error{ErrorCode::failed, "the file has changed"};
    std::string text;
    for (std::size_t i = 0; i < std::min<std::size_t>(7, bytes); ++i) text += static_cast<char>('a' + (at + i) % 26);
    return text;
  }
  std::uint64_t breaks_at = UINT64_MAX;
};

TEST(FileBody, OfALargeFileIsReadWhileItIsSentAndKnowsItsLength) {
  SiteFile file;
  file.bytes = 100;
  const auto open = std::make_shared<SevenAtATime>();
  file.open = open;
  auto body = body_of(file, {{"<", {0, 10}}, {"|", {26, 3}}}, ">");
  auto& source = *std::get<std::unique_ptr<BodySource>>(body);
  EXPECT_TRUE(source.is_quick());
  EXPECT_EQ(source.bytes(), 16U);
  std::string text;
  for (auto piece = source.next(); piece && !piece->empty(); piece = source.next()) text += *piece;
  EXPECT_EQ(text, "<abcdefghij|abc>");
  open->breaks_at = 7;
  auto broken = body_of(file, {{"", {0, 10}}});
  EXPECT_TRUE(std::get<std::unique_ptr<BodySource>>(broken)->next());
  EXPECT_FALSE(std::get<std::unique_ptr<BodySource>>(broken)->next());
}

TEST(FileBody, OfAFileInMemoryIsNotCopied) {
  SiteFile file;
  file.kept = std::make_shared<const std::string>("0123456789");
  file.bytes = 10;
  const auto whole = body_of(file, {{"", {2, 5}}});
  EXPECT_EQ(std::get<KeptBytes>(whole).part, "23456");
  EXPECT_EQ(std::get<KeptBytes>(whole).part.data(), file.kept->data() + 2);
  const auto parts = body_of(file, {{"<", {0, 2}}, {"|", {8, 2}}}, ">");
  EXPECT_EQ(std::get<std::string>(parts), "<01|89>");
}

}  // namespace
}  // namespace footfall
