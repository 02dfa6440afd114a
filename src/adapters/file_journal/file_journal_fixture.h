// Words for the file journal's tests: a journal driven by hand over a disk in memory, and its segments as bytes.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapters/file_journal/file_journal.h"
#include "testing/fake_clock.h"
#include "testing/faulty_disk.h"

namespace footfall {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = testing::TempDir() + "journal-XXXXXX";
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    path_ = pattern;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

// Everything from `from` on, by position.
inline std::map<Position, std::string> read_records(Journal& journal, Position from = 0,
                                                    std::size_t at_a_time = 1'000) {
  std::map<Position, std::string> records;
  const auto reader = journal.read_from(from);
  for (;;) {
    const auto some = reader->read(at_a_time);
    EXPECT_TRUE(some) << some.error().what;
    if (!some || some->empty()) return records;
    for (const JournalRecord& record : *some) {
      EXPECT_TRUE(records.empty() || record.position > records.rbegin()->first) << "read twice, or out of order";
      records.emplace(record.position, record.bytes);
    }
  }
}

class ByHandJournalTest : public testing::Test {
 protected:
  ByHandJournalTest() {
    settings_.segment_bytes = 65'536;
    settings_.disk_reserve_bytes = 0;
    settings_.drive = FileJournalSettings::Drive::by_hand;
  }

  void open() { open_on(disk_); }
  void open_on(FaultyDisk& disk) {
    journal_.reset();
    auto journal = FileJournal::open(disk, clock_, settings_);
    ASSERT_TRUE(journal) << journal.error().what;
    journal_ = std::move(*journal);
  }
  void close() { journal_.reset(); }

  // One frame of `count` records; each tells its position.
  void commit(int count = 1, std::size_t record_bytes = 100) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(journal_->append(record_at(journal_->next(), record_bytes)));
    }
    const auto committed = journal_->commit_waiting();
    ASSERT_TRUE(committed) << committed.error().what;
  }
  static std::string record_at(Position position, std::size_t bytes = 100) {
    std::string record = "record " + std::to_string(position) + " ";
    while (record.size() < bytes) record.push_back(static_cast<char>('a' + (position + record.size()) % 26));
    return record;
  }

  // Where the frames of a segment lie.
  struct FrameAt {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    Position first = 0;
    Position end = 0;
  };
  static std::vector<FrameAt> frames_of(std::string_view segment) {
    std::vector<FrameAt> frames;
    std::uint64_t offset = segment_header_bytes;
    while (offset + frame_header_bytes <= segment.size()) {
      const FrameHeader header = peek_frame(segment.substr(offset));
      if (header.payload_bytes == 0) break;
      frames.push_back({offset, frame_bytes(header.payload_bytes), header.first, header.first + header.records});
      offset += frames.back().bytes;
    }
    return frames;
  }

  FakeClock clock_;
  FaultyDisk disk_;
  FileJournalSettings settings_;
  std::unique_ptr<FileJournal> journal_;
};

}  // namespace footfall
