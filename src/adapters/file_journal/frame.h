// A segment's header and a frame, byte for byte (docs/journal_format.md).
//
// Pure: bytes in, bytes or a verdict out. Whatever was read from a disk comes through here before anyone believes it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "domain/hit.h"
#include "domain/limits.h"

namespace footfall {

// CRC32C (Castagnoli; RFC 3720 §12.1 and its vectors in B.4). `seed` is the CRC of what came before; nothing: 0.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);

// Tells one journal from another, so that a segment restored into the wrong folder is not counted.
using StoreId = std::array<std::byte, 16>;

// --- The header of a segment: one page, the same 64 bytes twice in it ---

inline constexpr std::size_t segment_header_bytes = 4'096;
inline constexpr std::uint32_t journal_format_version = 1;

struct SegmentHeader {
  StoreId store{};
  std::uint32_t salt = 0;   // seeds every frame's CRC: what an earlier file left on the disk cannot pass for a frame
  std::uint32_t chain = 0;  // the CRC of the frame before this segment; 0: there is none
  Position first = 0;       // no frame of the segment begins below it
  Instant created;
};

std::string encode(const SegmentHeader& header);

struct CheckedSegmentHeader {
  SegmentHeader header;
  bool whole = true;  // false: one of the two copies, or a byte that must be zero, is damaged
};
// Errors: corrupt (neither copy is whole); unsupported (a later version wrote it).
Result<CheckedSegmentHeader> check_segment_header(std::string_view page);

// --- A frame: one group commit ---

inline constexpr std::size_t frame_header_bytes = 32;

struct FrameHeader {
  std::uint32_t crc = 0;  // of all that follows it in the frame, padding included, seeded with the salt
  std::uint32_t payload_bytes = 0;
  Position first = 0;  // of its first record
  std::int64_t time_ms = 0;
  std::uint32_t records = 0;
  std::uint32_t chain = 0;  // the CRC of the frame before; 0: there is none
};
static_assert(sizeof(FrameHeader) == frame_header_bytes);

// A frame as it lies on disk: header, payload, zeros up to a multiple of 8.
constexpr std::uint64_t frame_bytes(std::uint64_t payload_bytes) {
  return frame_header_bytes + (payload_bytes + 7) / 8 * 8;
}

// Fills in the header of a frame: `frame` begins with frame_header_bytes of room, then the payload. Pads it and returns
// its CRC. Every field of `header` but crc and payload_bytes is given.
std::uint32_t seal_frame(std::string& frame, std::size_t begin, FrameHeader header, std::uint32_t salt);

// What the first 32 bytes say. Nothing of it is true yet.
FrameHeader peek_frame(std::string_view bytes);
// Whether a frame could begin here, with `bytes_left` up to the end: asked before any memory is spent on it.
bool is_plausible(const FrameHeader& header, std::uint64_t bytes_left);
// Whether `frame`, header to padding, is what was written.
bool is_whole(std::string_view frame, std::uint32_t salt);

// --- The payload: records behind one another, each a varint of its length and its bytes ---

constexpr std::size_t length_bytes(std::size_t record_bytes) {
  return record_bytes < 0x80 ? 1 : record_bytes < 0x4000 ? 2 : 3;
}
static_assert(record_bytes_max < 0x20'0000);

// Walks the records of a payload.
class PayloadReader {
 public:
  PayloadReader() : bytes_({}) {}
  explicit PayloadReader(std::string_view payload) : bytes_(payload) {}
  // The next record; nothing when what is left is not a record.
  std::optional<std::string_view> next() {
    const std::string_view record = bytes_.text();
    if (!bytes_.good() || record.empty()) return std::nullopt;
    return record;
  }

 private:
  ByteReader bytes_;
};

}  // namespace footfall
