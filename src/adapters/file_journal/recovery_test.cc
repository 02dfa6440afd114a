#include "adapters/file_journal/recovery.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "adapters/file_journal/file_journal_fixture.h"

namespace footfall {
namespace {

class RecoveryTest : public ByHandJournalTest {
 protected:
  // The only segment's bytes, after a journal with `frames` frames has ended.
  std::string written(int frames, int records_each, std::size_t record_bytes) {
    open();
    for (int i = 0; i < frames; ++i) commit(1 + i % records_each, record_bytes);
    close();
    return disk_.contents(segment_name(0));
  }
  // Opens a journal on this one segment, on a disk of its own.
  void open_segment(std::string bytes) {
    journal_.reset();
    fresh_disk_ = std::make_unique<FaultyDisk>();
    fresh_disk_->set_contents(segment_name(0), std::move(bytes));
    open_on(*fresh_disk_);
  }
  ~RecoveryTest() override { journal_.reset(); }

  std::unique_ptr<FaultyDisk> fresh_disk_;
};

// --- Torn tails (a crash between write and sync) ---

enum class Torn { file_ends, zeros_follow, garbage_follows };

// Each of the last 65,536 bytes, in parts that a sanitizer gets through in seconds.
class TornTailTest : public RecoveryTest, public testing::WithParamInterface<int> {};
constexpr int torn_tail_parts = 8;
constexpr std::uint64_t torn_tail_bytes = 65'536;

TEST_P(TornTailTest, EveryWholeFrameBeforeTheCutIsKept) {
  settings_.segment_bytes = segment_header_bytes + torn_tail_bytes;
  open();
  while (journal_->next() < 250) commit(1 + static_cast<int>(journal_->next() % 7), 250);
  close();
  const std::string whole = disk_.contents(segment_name(0));
  const auto frames = frames_of(whole);
  const std::uint64_t used = frames.back().offset + frames.back().bytes;
  ASSERT_GT(used, segment_header_bytes + torn_tail_bytes * 9 / 10);

  constexpr std::uint64_t part_bytes = torn_tail_bytes / torn_tail_parts;
  const std::uint64_t begin = segment_header_bytes + static_cast<std::uint64_t>(GetParam()) * part_bytes;
  for (std::uint64_t cut = begin; cut < std::min(begin + part_bytes, used); ++cut) {
    const auto torn_frame = std::find_if(frames.begin(), frames.end(),
                                         [&](const FrameAt& frame) { return cut < frame.offset + frame.bytes; });
    std::string torn = whole.substr(0, cut);
    switch (cut % 3 == 0 ? Torn::file_ends : cut % 3 == 1 ? Torn::zeros_follow : Torn::garbage_follows) {
      case Torn::file_ends:
        break;
      case Torn::zeros_follow:
        torn.resize(whole.size());
        break;
      case Torn::garbage_follows:
        torn.append(std::min<std::size_t>(777, whole.size() - cut), '\xA5');
        break;
    }
    // Where only zeros of its padding were cut off and zeros follow, nothing was.
    const std::string_view frame = std::string_view(whole).substr(torn_frame->offset, torn_frame->bytes);
    const bool is_torn = std::string_view(torn).substr(torn_frame->offset, torn_frame->bytes) != frame;
    const Position end = is_torn ? torn_frame->first : torn_frame->end;
    open_segment(torn);
    ASSERT_EQ(journal_->durable(), end) << "cut at " << cut;
    const auto records = read_records(*journal_);
    ASSERT_EQ(records.size(), end) << "cut at " << cut;
    if (!records.empty()) {
      ASSERT_EQ(records.rbegin()->second, record_at(records.rbegin()->first, 250)) << "cut at " << cut;
    }
    ASSERT_EQ(journal_->health().quarantined_frames, 0U) << "cut at " << cut;
    const bool leaves_a_tail = is_torn && torn.find_last_not_of('\0') >= torn_frame->offset;
    ASSERT_EQ(journal_->health().truncated_bytes > 0, leaves_a_tail) << "cut at " << cut;
  }
}
INSTANTIATE_TEST_SUITE_P(EachOfTheLast65536Bytes, TornTailTest, testing::Range(0, torn_tail_parts));

TEST_F(RecoveryTest, GoesOnRightBehindTheCut) {
  const std::string whole = written(20, 3, 100);
  const auto frames = frames_of(whole);
  open_segment(whole.substr(0, frames.back().offset + 10));
  const Position next = frames.back().first;
  EXPECT_EQ(journal_->next(), next);
  commit(2);
  const auto records = read_records(*journal_);
  EXPECT_EQ(records.size(), next + 2);
  EXPECT_EQ(records.at(next), record_at(next));
}

TEST_F(RecoveryTest, CountsTheBytesItCut) {
  const std::string whole = written(20, 3, 100);
  const auto last = frames_of(whole).back();
  std::string torn = whole;
  std::fill(torn.begin() + static_cast<std::ptrdiff_t>(last.offset + 50), torn.end(), '\0');
  open_segment(torn);
  EXPECT_EQ(journal_->health().truncated_bytes, 50U);
}

TEST_F(RecoveryTest, ZerosToTheEndAreNoTail) {
  open_segment(written(20, 3, 100));
  EXPECT_EQ(journal_->health().truncated_bytes, 0U);
}

TEST_F(RecoveryTest, WritesTheNewestSegmentAnewUnderAnotherSaltEveryTime) {
  const std::string before = written(5, 3, 100);
  open_segment(before);
  close();
  const std::string after = fresh_disk_->contents(segment_name(0));
  EXPECT_NE(check_segment_header(before)->header.salt, check_segment_header(after)->header.salt);
  EXPECT_EQ(frames_of(before).size(), frames_of(after).size());
}

TEST_F(RecoveryTest, FramesOfAnEarlierFileInTheSamePlaceAreNoFrames) {
  const std::string earlier = written(50, 1, 100);
  FaultyDisk other;
  open_on(other);
  commit();
  close();
  std::string mixed = other.contents(segment_name(0));
  const std::uint64_t end = frames_of(mixed).back().offset + frames_of(mixed).back().bytes;
  mixed.replace(end, std::string::npos, earlier, end, std::string::npos);
  open_segment(mixed);
  EXPECT_EQ(journal_->durable(), 1U);
  EXPECT_EQ(journal_->health().quarantined_frames, 0U);
  EXPECT_GT(journal_->health().truncated_bytes, 0U);
}

// --- Damage (bytes that were on disk are not what was written) ---

TEST_F(RecoveryTest, ADamagedFrameIsSetAsideAndReportedAndItsNeighboursAreKept) {
  std::string bytes = written(20, 3, 100);
  const FrameAt hit = frames_of(bytes)[7];
  bytes[hit.offset + 40] = '!';
  open_segment(bytes);
  const JournalHealth health = journal_->health();
  EXPECT_EQ(health.quarantined_frames, 1U);
  ASSERT_EQ(health.damaged.size(), 1U);
  EXPECT_EQ(health.damaged[0].from, hit.first);
  EXPECT_EQ(health.damaged[0].to, hit.end);
  EXPECT_EQ(fresh_disk_->contents(health.damaged[0].kept_as), bytes.substr(hit.offset, hit.bytes));
  EXPECT_EQ(health.truncated_bytes, 0U);
  const auto records = read_records(*journal_);
  EXPECT_EQ(records.size(), journal_->durable() - (hit.end - hit.first));
  for (const auto& [position, record] : records) EXPECT_EQ(record, record_at(position));

  // Once is enough: what was reported is not damage to the next start, nor to readers.
  open_on(*fresh_disk_);
  EXPECT_EQ(read_records(*journal_), records);
  EXPECT_EQ(journal_->health().quarantined_frames, 0U);
}

TEST_F(RecoveryTest, DamageOverManyFramesCostsThoseAlone) {
  std::string bytes = written(200, 3, 100);
  const auto frames = frames_of(bytes);
  const std::uint64_t page = 4 * 4'096;
  bytes.replace(page, 4'096, 4'096, '\0');
  open_segment(bytes);
  const auto records = read_records(*journal_);
  for (const FrameAt& frame : frames) {
    const bool hit = frame.offset < page + 4'096 && frame.offset + frame.bytes > page;
    for (Position position = frame.first; position < frame.end; ++position) {
      EXPECT_EQ(records.count(position), hit ? 0U : 1U) << position;
    }
  }
  EXPECT_EQ(journal_->health().quarantined_frames, 1U);
}

TEST_F(RecoveryTest, AWrongLengthDoesNotHideWhatFollows) {
  for (const std::uint32_t length : {0U, 1U, 8U, 100'000U, 0xFFFFFFFFU}) {
    std::string bytes = written(20, 1, 100);
    const FrameAt hit = frames_of(bytes)[7];
    bytes.replace(hit.offset + 4, 4, reinterpret_cast<const char*>(&length), 4);
    open_segment(bytes);
    EXPECT_EQ(read_records(*journal_).size(), journal_->durable() - 1) << length;
    EXPECT_EQ(journal_->health().quarantined_frames, 1U) << length;
    disk_.remove(segment_name(0)).value_or(Done{});
  }
}

TEST_F(RecoveryTest, ASegmentWithoutAReadableHeaderIsSetAsideAndItsNumbersAreNotGivenAgain) {
  std::string bytes = written(20, 1, 100);
  bytes.replace(0, segment_header_bytes, segment_header_bytes, '\xEE');
  const std::uint64_t size = bytes.size();
  open_segment(bytes);
  EXPECT_TRUE(read_records(*journal_).empty());
  EXPECT_GE(journal_->next(), 20U);
  EXPECT_TRUE(fresh_disk_->exists(segment_name(0) + ".damaged"));
  ASSERT_EQ(journal_->health().damaged.size(), 1U);
  EXPECT_EQ(journal_->health().damaged[0].from, 0U);
  EXPECT_EQ(journal_->health().damaged[0].to, size / 2);
  commit();
  open_on(*fresh_disk_);
  EXPECT_EQ(read_records(*journal_).size(), 1U);
}

TEST_F(RecoveryTest, OneCopyOfTheHeaderIsEnough) {
  std::string bytes = written(20, 1, 100);
  bytes.replace(0, 512, 512, '\xEE');
  open_segment(bytes);
  EXPECT_EQ(read_records(*journal_).size(), 20U);
  EXPECT_EQ(journal_->health().quarantined_frames, 1U) << "and it is noticed";
}

TEST_F(RecoveryTest, ASegmentOfALaterVersionIsLeftAlone) {
  std::string bytes = written(5, 1, 100);
  bytes[16] = 2;
  const std::uint32_t crc = crc32c(std::string_view(bytes).substr(0, 60));
  bytes.replace(60, 4, reinterpret_cast<const char*>(&crc), 4);
  bytes.replace(2'048, 64, bytes, 0, 64);
  FaultyDisk disk;
  disk.set_contents(segment_name(0), bytes);
  const auto journal = FileJournal::open(disk, clock_, settings_);
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, ErrorCode::unsupported);
  EXPECT_EQ(disk.contents(segment_name(0)), bytes);
}

TEST_F(RecoveryTest, RemovesWhatACrashLeftUnfinishedAndNothingElse) {
  disk_.set_contents("next-1.tmp", "x");
  disk_.set_contents("recovered.tmp", "x");
  disk_.set_contents("notes.txt", "x");
  open();
  EXPECT_FALSE(disk_.exists("recovered.tmp"));
  EXPECT_TRUE(disk_.exists("notes.txt"));
  const auto names = disk_.list();
  for (const auto& name : *names) EXPECT_TRUE(name == "notes.txt" || name.ends_with(".tmp")) << name;
}

// --- Older segments: damage there is met by readers ---

class OlderSegmentTest : public RecoveryTest {
 protected:
  // Five segments; the second is what the tests damage.
  void SetUp() override {
    settings_.segment_bytes = 16'384;
    open();
    while (journal_->health().segments < 5) commit(1 + static_cast<int>(journal_->next() % 4));
    close();
    const auto names = disk_.list();
    for (const auto& name : *names) {
      if (const auto first = parse_segment_name(name)) firsts_.push_back(*first);
    }
    std::sort(firsts_.begin(), firsts_.end());
    ASSERT_EQ(firsts_.size(), 5U);
  }
  [[nodiscard]] std::string second() const { return segment_name(firsts_[1]); }
  void expect_lost(Position from, Position to) {
    open();
    for (int times = 0; times < 2; ++times) {
      const auto records = read_records(*journal_, 0, 3);
      for (Position position = 0; position < journal_->durable(); ++position) {
        const bool lost = position >= from && position < to;
        ASSERT_EQ(records.count(position), lost ? 0U : 1U) << position;
        if (!lost) {
          ASSERT_EQ(records.at(position), record_at(position));
        }
      }
    }
    ASSERT_EQ(journal_->health().damaged.size(), 1U) << "noticed, and once, however often it is read";
    EXPECT_EQ(journal_->health().damaged[0].from, from);
    EXPECT_EQ(journal_->health().damaged[0].to, to);
    EXPECT_EQ(journal_->health().quarantined_frames, 1U);
  }

  std::vector<Position> firsts_;
};

TEST_F(OlderSegmentTest, ADamagedFrameInTheMiddleIsSkippedAndReported) {
  const FrameAt hit = frames_of(disk_.contents(second()))[3];
  disk_.flip_bit(second(), hit.offset + 35, 2);
  expect_lost(hit.first, hit.end);
  EXPECT_EQ(disk_.contents(journal_->health().damaged[0].kept_as).size(), hit.bytes);
}

TEST_F(OlderSegmentTest, ADamagedLastFrameIsMissedThoughNoFrameFollowsIt) {
  const FrameAt hit = frames_of(disk_.contents(second())).back();
  disk_.flip_bit(second(), hit.offset + 35, 2);
  expect_lost(hit.first, hit.end);
}

TEST_F(OlderSegmentTest, AFrameTurnedToZerosIsMissed) {
  std::string bytes = disk_.contents(second());
  const FrameAt hit = frames_of(bytes).back();
  bytes.replace(hit.offset, hit.bytes, hit.bytes, '\0');
  disk_.set_contents(second(), bytes);
  expect_lost(hit.first, hit.end);
}

TEST_F(OlderSegmentTest, AFileThatIsTooShortIsMissed) {
  std::string bytes = disk_.contents(second());
  const auto frames = frames_of(bytes);
  bytes.resize(frames[2].offset);
  disk_.set_contents(second(), bytes);
  expect_lost(frames[2].first, firsts_[2]);
}

TEST_F(OlderSegmentTest, AMissingFileIsMissed) {
  ASSERT_TRUE(disk_.remove(second()));
  expect_lost(firsts_[1], firsts_[2]);
}

TEST_F(OlderSegmentTest, ASegmentWithoutAReadableHeaderIsSetAside) {
  std::string bytes = disk_.contents(second());
  bytes.replace(0, segment_header_bytes, segment_header_bytes, '\xEE');
  disk_.set_contents(second(), bytes);
  expect_lost(firsts_[1], firsts_[2]);
  EXPECT_EQ(disk_.contents(second() + ".damaged"), bytes);
}

TEST_F(OlderSegmentTest, ASegmentUnderAnothersNameIsSetAside) {
  const std::string third = disk_.contents(segment_name(firsts_[2]));
  disk_.set_contents(second(), third);
  expect_lost(firsts_[1], firsts_[2]);
}

// --- Bit rot ---

// 10,000 flips, each alone, anywhere in what was written: in parts, as above.
class BitRotTest : public OlderSegmentTest, public testing::WithParamInterface<int> {};
constexpr int bit_rot_parts = 5;

TEST_P(BitRotTest, EveryFlippedBitIsNoticedAndCostsItsFrameAlone) {
  std::mt19937_64 random(static_cast<std::uint64_t>(GetParam()));
  const std::vector<std::string> names{segment_name(firsts_[1]), segment_name(firsts_[4])};  // an older, the newest
  std::vector<std::string> bytes;
  for (const auto& name : names) bytes.push_back(disk_.contents(name));
  for (int i = 0; i < 10'000 / bit_rot_parts; ++i) {
    const std::size_t which = random() % 2;
    const bool is_newest = which == 1;
    const auto frames = frames_of(bytes[which]);
    // In the newest segment the zeros to come are watched as well.
    const std::uint64_t used = is_newest ? bytes[which].size() : frames.back().offset + frames.back().bytes;
    const std::uint64_t offset = random() % used;
    const auto bit = static_cast<unsigned>(random() % 8);
    SCOPED_TRACE("bit " + std::to_string(bit) + " of byte " + std::to_string(offset) + " of " + names[which]);
    for (std::size_t j = 0; j < names.size(); ++j) disk_.set_contents(names[j], bytes[j]);
    disk_.flip_bit(names[which], offset, bit);

    const auto hit = std::find_if(frames.begin(), frames.end(), [&](const FrameAt& frame) {
      return offset >= frame.offset && offset < frame.offset + frame.bytes;
    });
    const Position from = hit == frames.end() ? 0 : hit->first;
    const Position to = hit == frames.end() ? 0 : hit->end;

    open();
    const auto records = read_records(*journal_, firsts_[1]);
    const JournalHealth health = journal_->health();
    ASSERT_TRUE(health.quarantined_frames == 1 || health.truncated_bytes > 0) << "not noticed";
    if (health.quarantined_frames == 1) {
      ASSERT_EQ(health.damaged[0].from, from == to ? health.damaged[0].to : from);
      ASSERT_EQ(health.damaged[0].to - health.damaged[0].from, to - from);
    }
    const Position end = is_newest ? frames.back().end : journal_->durable();
    for (Position position = firsts_[1]; position < end; ++position) {
      const bool lost = position >= from && position < to;
      ASSERT_EQ(records.count(position), lost ? 0U : 1U) << position;
      if (!lost) {
        ASSERT_EQ(records.at(position), record_at(position));
      }
    }
    close();
  }
}
INSTANTIATE_TEST_SUITE_P(TenThousandFlips, BitRotTest, testing::Range(0, bit_rot_parts));

}  // namespace
}  // namespace footfall
