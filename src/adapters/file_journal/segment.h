// One segment file: how it is prepared, written and read back.
//
// A segment is a header page and frames behind one another; what follows the last frame is zeros. Files are named by
// the first position they hold and are written with zeros before they get that name, so that a commit changes neither
// the size nor the blocks of a file and fdatasync has nothing to do but the data.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/file_journal/frame.h"
#include "base/result.h"
#include "ports/disk.h"

namespace footfall {

// "00000000000000012345.journal": names sort as positions do.
std::string segment_name(Position first);
std::optional<Position> parse_segment_name(std::string_view name);
// Of a file that is not a segment yet; recovery removes what a crash left of them.
inline constexpr std::string_view unfinished_suffix = ".tmp";
// Of bytes that were set aside because they are not what was written.
inline constexpr std::string_view damaged_suffix = ".damaged";

// Numbers are left out on purpose where the store is ahead of the journal, but never more than this at once: a larger
// gap is not one, but a damaged header.
inline constexpr Position position_gap_max = Position{1} << 48U;

// Asked before a segment is written, because a disk should not be filled to the brim only to learn that it is too
// small. Errors: unavailable, failed.
Result<Done> check_room(Disk& disk, std::uint64_t bytes);

// Makes an empty file in place of what had the name.
Result<std::unique_ptr<DiskFile>> create_anew(Disk& disk, const std::string& name);

// Writes zeros and syncs. In steps of a MiB that are each synced, it leaves the disk to commits in between; at once, it
// is done sooner. Errors: unavailable, failed.
enum class Pace { in_steps, at_once };
Result<Done> write_zeros(DiskFile& file, std::uint64_t from, std::uint64_t to, Pace pace);

// Makes a file of `bytes` zeros that is on disk, but for its name. Errors: unavailable (nothing is left of it), failed.
Result<std::unique_ptr<DiskFile>> prepare_segment(Disk& disk, const std::string& name, std::uint64_t bytes, Pace pace);

// Puts frames behind one another. One thread.
class SegmentWriter {
 public:
  // `file` holds `bytes` bytes, zeros from `offset` on. `header` is what its header page says, and `chain` the CRC of
  // the frame before `offset`.
  SegmentWriter(std::unique_ptr<DiskFile> file, const SegmentHeader& header, std::uint64_t bytes, std::uint64_t offset,
                std::uint32_t chain)
      : file_(std::move(file)), header_(header), bytes_(bytes), offset_(offset), chain_(chain) {}

  // How many bytes of frames still fit.
  [[nodiscard]] std::uint64_t room() const { return bytes_ - offset_; }
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  [[nodiscard]] std::uint32_t chain() const { return chain_; }
  [[nodiscard]] const SegmentHeader& header() const { return header_; }

  // Seals `frame` (room for its header, then its payload) and writes it. It is durable after sync().
  // After an error of either, the segment must not be written or synced again.
  Result<Done> write(std::string& frame, Position first, std::uint32_t records, Instant time);
  Result<Done> sync() { return file_->sync(); }

 private:
  std::unique_ptr<DiskFile> file_;
  SegmentHeader header_;
  std::uint64_t bytes_;
  std::uint64_t offset_;
  std::uint32_t chain_;
};

// A frame that was found whole. The payload is a view into the scanner and lives until its next refill or resync.
struct ScannedFrame {
  Position first = 0;
  Position end = 0;  // the position after its last record
  Instant time;
  std::string_view payload;
  Position expected = 0;      // where the frames before it ended: records from here to `first` are not here
  bool gap_is_known = false;  // whoever wrote it knew of that gap: it follows directly on the frame before
};

// Walks the frames of a segment, through a window that it fills from the file.
class SegmentScanner {
 public:
  // `window_bytes` is how much is read at a time; it grows to the largest frame met. `file` must outlive the scanner.
  SegmentScanner(DiskFile& file, const SegmentHeader& header, std::size_t window_bytes = 1'048'576);

  enum class Step {
    frame,       // `frame()` is the next one
    window_end,  // refill to go on
    no_frame,    // no whole frame begins here: the end if all the rest is zero, else damage; resync tells
    end,         // nothing fits before the limit
  };
  // Looks at what lies at `offset()`, below `limit`. Views of earlier frames stay valid.
  Step next(std::uint64_t limit);
  [[nodiscard]] const ScannedFrame& frame() const { return frame_; }

  // Reads on from `offset()`. Earlier frames' views end here. Error: failed.
  Result<Done> refill(std::uint64_t limit);

  // After `no_frame`: searches the next whole frame below `limit`, and goes there if there is one.
  // Earlier frames' views end here. Error: failed.
  struct Stretch {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;  // up to the frame found, else up to the last byte that is not zero
    bool frame_follows = false;
  };
  Result<Stretch> resync(std::uint64_t limit);

  // Gives up on what lies before `offset`; `expected` should be found there.
  void skip_to(std::uint64_t offset, Position expected) {
    offset_ = offset;
    expected_ = expected;
  }

  // Where the next step looks; the position that should be found there; the CRC of the last whole frame.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  [[nodiscard]] Position expected() const { return expected_; }
  [[nodiscard]] std::uint32_t chain() const { return chain_; }

 private:
  [[nodiscard]] std::string_view window_from(std::uint64_t offset, std::uint64_t limit) const;
  Result<bool> frame_begins_at(std::uint64_t offset, std::uint64_t limit);

  DiskFile& file_;
  const std::uint32_t salt_;
  std::size_t window_bytes_;
  std::string window_;
  std::uint64_t window_offset_ = segment_header_bytes;
  std::size_t wanted_bytes_ = frame_header_bytes;
  std::uint64_t offset_ = segment_header_bytes;
  Position expected_;
  std::uint32_t chain_;
  ScannedFrame frame_;
};

}  // namespace footfall
