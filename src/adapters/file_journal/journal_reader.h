// Reads the file journal: durable frames from the segments, each checked again by its CRC.
//
// A reader has its own open file and its own window over it; it takes from the page cache what was just written there.
// It never looks beyond what the catalog says is durable, so it needs no lock against the flusher.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "adapters/file_journal/catalog.h"
#include "adapters/file_journal/segment.h"
#include "ports/disk.h"
#include "ports/journal.h"

namespace footfall {

class FileJournalReader final : public JournalReader {
 public:
  // `disk` and `catalog` must outlive the reader.
  FileJournalReader(Disk& disk, Catalog& catalog, Position from) : disk_(disk), catalog_(catalog), position_(from) {}

  Result<std::span<const JournalRecord>> read(std::size_t records_max) override;
  [[nodiscard]] Position position() const override { return position_; }

 private:
  enum class Next {
    frame,    // there is one to take records from
    nothing,  // no more is durable
    later,    // going on would take the bytes away from under the records already taken
  };
  Result<Next> advance();
  Result<Next> advance_in_segment();
  Result<Done> enter(const Segment& segment);
  Result<Next> leave_segment();
  Result<Done> pass_damage();
  void take_frame();
  void take_records(std::size_t records_max);
  void report(std::uint64_t offset, std::uint64_t bytes, Position from, Position to);

  Disk& disk_;
  Catalog& catalog_;
  Position position_;

  std::optional<Segment> segment_;
  std::unique_ptr<DiskFile> file_;
  std::optional<SegmentScanner> scanner_;
  // Damage just passed; how many records it cost is known at the next frame.
  std::optional<SegmentScanner::Stretch> passed_;

  PayloadReader payload_;
  Position payload_position_ = 0;
  Position payload_end_ = 0;
  Instant payload_time_;

  std::vector<JournalRecord> records_;
};

}  // namespace footfall
