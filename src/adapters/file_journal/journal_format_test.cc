// docs/journal_format.md shows a segment byte by byte; here it is made and compared.

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "adapters/file_journal/segment.h"
#include "base/text.h"
#include "domain/record.h"
#include "testing/faulty_disk.h"

namespace footfall {
namespace {

// What the page's example says it is.
std::string example_segment() {
  SegmentHeader header;
  for (std::size_t i = 0; i < header.store.size(); ++i) header.store[i] = static_cast<std::byte>(0xA0 + i);
  header.salt = 0x01020304;
  header.first = 1'000;
  header.created = *parse_time("2026-11-21T09:03:00Z");

  FaultyDisk disk;
  auto file = prepare_segment(disk, "example", 8'192, Pace::at_once);
  EXPECT_TRUE(file);
  EXPECT_TRUE((*file)->write(0, encode(header)));
  SegmentWriter writer(std::move(*file), header, 8'192, segment_header_bytes, header.chain);
  const auto put = [&](Position first, const std::vector<Record>& records, const char* time) {
    std::string frame(frame_header_bytes, '\0');
    ByteWriter payload(frame);
    for (const Record& record : records) {
      std::string bytes;
      std::visit([&](const auto& kind) { encode(kind, bytes); }, record);
      payload.text(bytes);
    }
    EXPECT_TRUE(writer.write(frame, first, static_cast<std::uint32_t>(records.size()), *parse_time(time)));
  };
  Hit hit;
  hit.time = *parse_time("2026-11-21T09:03:00.250Z");
  hit.site = "example.com";
  hit.path = "/about";
  hit.ip = *Address::parse("203.0.113.9");
  hit.user_agent = "curl/7.88.1";
  put(1'000, {hit}, "2026-11-21T09:03:00.251Z");
  Increment increment;
  increment.time = *parse_time("2026-11-21T09:03:01Z");
  increment.site = "example.com";
  increment.key = "TOTAL";
  increment.value = 7;
  hit.kind = Kind::restored;
  hit.time = increment.time;
  put(1'001, {increment, hit}, "2026-11-21T09:03:01.002Z");
  return disk.contents("example");
}

// As `hexdump -C` prints it; a line of zeros is left out.
std::string dump(std::string_view bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 16) {
    const std::string_view row = bytes.substr(at, 16);
    if (row.find_first_not_of('\0') == std::string_view::npos) continue;
    std::array<char, 32> number{};
    std::snprintf(number.data(), number.size(), "%08zx ", at);
    text += number.data();
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i % 8 == 0) text += ' ';
      text += to_hex(bytes_of(row.substr(i, 1))) + ' ';
    }
    text += " |";
    for (const char c : row) text += c >= ' ' && c <= '~' ? c : '.';
    text += "|\n";
  }
  return text;
}

TEST(JournalFormat, IsWhatItsPageShows) {
  std::ifstream page("docs/journal_format.md");
  ASSERT_TRUE(page) << "run from the folder of the project";
  std::stringstream text;
  text << page.rdbuf();
  const std::string expected = dump(example_segment());
  EXPECT_NE(text.str().find("```\n" + expected + "```\n"), std::string::npos) << "the page should show\n" << expected;
}

}  // namespace
}  // namespace footfall
