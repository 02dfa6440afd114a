#include "adapters/file_journal/frame.h"

#include <gtest/gtest.h>

#include <random>

namespace footfall {
namespace {

std::string counting(int from, int to, int step) {
  std::string bytes;
  for (int i = from; i != to; i += step) bytes.push_back(static_cast<char>(i));
  return bytes;
}

TEST(Crc32c, IsTheOneOfRfc3720) {
  struct Row {
    const char* because;
    std::string bytes;
    std::uint32_t crc;
  };
  // The CRCs of appendix B.4 are printed there byte by byte as they go over the wire, lowest first.
  for (const auto& row : {Row{"32 bytes of zeros", std::string(32, '\0'), 0x8A9136AA},
                          Row{"32 bytes of ones", std::string(32, '\xFF'), 0x62A8AB43},
                          Row{"32 bytes counting up", counting(0, 32, 1), 0x46DD794E},
                          Row{"32 bytes counting down", counting(31, -1, -1), 0x113FDB5C},
                          Row{"the check value of every catalogue", "123456789", 0xE3069283}, Row{"nothing", "", 0}}) {
    SCOPED_TRACE(row.because);
    EXPECT_EQ(crc32c(row.bytes), row.crc);
  }
}

TEST(Crc32c, GoesOnFromTheCrcOfWhatCameBefore) {
  std::mt19937 random(1);
  for (std::size_t length = 0; length < 300; ++length) {
    std::string bytes;
    for (std::size_t i = 0; i < length; ++i) bytes.push_back(static_cast<char>(random()));
    const std::size_t middle = length == 0 ? 0 : random() % length;
    EXPECT_EQ(crc32c(bytes.substr(middle), crc32c(bytes.substr(0, middle))), crc32c(bytes)) << length;
    // Wherever it lies in memory.
    EXPECT_EQ(crc32c(std::string_view("12345" + bytes).substr(5)), crc32c(bytes)) << length;
  }
}

SegmentHeader header() {
  SegmentHeader header;
  for (std::size_t i = 0; i < header.store.size(); ++i) header.store[i] = static_cast<std::byte>(i);
  header.salt = 0xDEADBEEF;
  header.chain = 0x12345678;
  header.first = 42;
  header.created = instant_of(1'795'251'780'000);
  return header;
}

TEST(SegmentHeader, ReadsBackAsItWasWritten) {
  const std::string page = encode(header());
  ASSERT_EQ(page.size(), segment_header_bytes);
  const auto checked = check_segment_header(page);
  ASSERT_TRUE(checked) << checked.error().what;
  EXPECT_TRUE(checked->whole);
  EXPECT_EQ(checked->header.store, header().store);
  EXPECT_EQ(checked->header.salt, header().salt);
  EXPECT_EQ(checked->header.chain, header().chain);
  EXPECT_EQ(checked->header.first, header().first);
  EXPECT_EQ(checked->header.created, header().created);
}

TEST(SegmentHeader, SurvivesEveryFlippedBitAndNoticesIt) {
  const std::string page = encode(header());
  for (std::size_t bit = 0; bit < page.size() * 8; ++bit) {
    std::string damaged = page;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    const auto checked = check_segment_header(damaged);
    ASSERT_TRUE(checked) << "bit " << bit;
    EXPECT_FALSE(checked->whole) << "bit " << bit;
    EXPECT_EQ(checked->header.salt, header().salt) << "bit " << bit;
    EXPECT_EQ(checked->header.first, header().first) << "bit " << bit;
  }
}

TEST(SegmentHeader, SurvivesTheLossOfASector) {
  for (std::size_t sector = 0; sector < segment_header_bytes; sector += 512) {
    std::string page = encode(header());
    page.replace(sector, 512, 512, '\xAA');
    const auto checked = check_segment_header(page);
    ASSERT_TRUE(checked) << "sector at " << sector;
    EXPECT_EQ(checked->header.first, header().first);
  }
}

TEST(SegmentHeader, IsCorruptWithoutAWholeCopy) {
  for (const std::string& page : {std::string(), std::string(100, 'x'), std::string(segment_header_bytes, '\0'),
                                  encode(header()).substr(0, segment_header_bytes - 1)}) {
    const auto checked = check_segment_header(page);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, ErrorCode::corrupt);
  }
}

TEST(SegmentHeader, OfALaterVersionIsRefusedAndNotCalledDamaged) {
  std::string page = encode(header());
  page[16] = 2;
  const std::uint32_t crc = crc32c(page.substr(0, 60));
  page.replace(60, 4, reinterpret_cast<const char*>(&crc), 4);
  page.replace(2'048, 64, page, 0, 64);
  const auto checked = check_segment_header(page);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::unsupported);
}

constexpr std::uint32_t salt = 0xC0FFEE00;

std::string frame_of(std::initializer_list<std::string_view> records) {
  std::string frame(frame_header_bytes, '\0');
  ByteWriter writer(frame);
  for (const auto record : records) writer.text(record);
  seal_frame(frame, 0,
             {.crc = 0,
              .payload_bytes = 0,
              .first = 7,
              .time_ms = 1'000,
              .records = static_cast<std::uint32_t>(records.size()),
              .chain = 99},
             salt);
  return frame;
}

TEST(Frame, ReadsBackAsItWasWritten) {
  const std::string frame = frame_of({"hello", "world!"});
  EXPECT_EQ(frame.size() % 8, 0U);
  EXPECT_EQ(frame.size(), frame_bytes(13));
  ASSERT_TRUE(is_whole(frame, salt));
  const FrameHeader header = peek_frame(frame);
  EXPECT_EQ(header.first, 7U);
  EXPECT_EQ(header.time_ms, 1'000);
  EXPECT_EQ(header.records, 2U);
  EXPECT_EQ(header.chain, 99U);
  EXPECT_TRUE(is_plausible(header, frame.size()));
  PayloadReader payload(std::string_view(frame).substr(frame_header_bytes, header.payload_bytes));
  EXPECT_EQ(payload.next(), "hello");
  EXPECT_EQ(payload.next(), "world!");
  EXPECT_EQ(payload.next(), std::nullopt);
}

TEST(Frame, IsNotWholeWithAnyBitFlipped) {
  const std::string frame = frame_of({"hello", "world!"});
  for (std::size_t bit = 0; bit < frame.size() * 8; ++bit) {
    std::string damaged = frame;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(is_whole(damaged, salt)) << "bit " << bit;
  }
}

TEST(Frame, IsNotWholeUnderAnotherSalt) { EXPECT_FALSE(is_whole(frame_of({"hello"}), salt + 1)); }

TEST(Frame, IsNotPlausibleOutsideTheLimits) {
  struct Row {
    const char* because;
    FrameHeader header;
    std::uint64_t bytes_left;
    bool plausible;
  };
  const auto of = [](std::uint32_t payload_bytes, std::uint32_t records) {
    FrameHeader header;
    header.payload_bytes = payload_bytes;
    header.records = records;
    return header;
  };
  constexpr auto largest = static_cast<std::uint32_t>(frame_bytes_max);
  for (const auto& row :
       {Row{"zeros are no frame", of(0, 0), 1'000'000, false}, Row{"the smallest frame", of(2, 1), 40, true},
        Row{"it must end within what is left", of(2, 1), 39, false}, Row{"a frame has a record", of(2, 0), 40, false},
        Row{"a record has two bytes", of(3, 2), 40, false}, Row{"the largest frame", of(largest, 1), 1ULL << 40U, true},
        Row{"no frame is larger", of(largest + 1, 1), 1ULL << 40U, false},
        Row{"nor this", of(0xFFFFFFFF, 1), 1ULL << 40U, false}}) {
    SCOPED_TRACE(row.because);
    EXPECT_EQ(is_plausible(row.header, row.bytes_left), row.plausible);
  }
}

TEST(Payload, EndsAtTheFirstThingThatIsNoRecord) {
  for (const std::string_view payload : {std::string_view("\x05hell"), std::string_view("\x00", 1),
                                         std::string_view("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01")}) {
    PayloadReader reader(payload);
    EXPECT_EQ(reader.next(), std::nullopt);
    EXPECT_EQ(reader.next(), std::nullopt);
  }
}

}  // namespace
}  // namespace footfall
