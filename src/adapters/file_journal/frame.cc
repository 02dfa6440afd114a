#include "adapters/file_journal/frame.h"

#include <isa-l/crc.h>

#include <cstring>

namespace footfall {
namespace {

constexpr std::string_view magic = "footfall journal";
constexpr std::size_t header_copy_bytes = 64;
// In another sector than the first, so that one unreadable sector does not cost 64 MiB of hits.
constexpr std::size_t second_copy_offset = 2'048;

Result<SegmentHeader> check_copy(std::string_view copy) {
  if (!copy.starts_with(magic) || crc32c(copy.substr(0, 60)) != ByteReader(copy.substr(60)).word32()) {
    return Error{ErrorCode::corrupt, "the header of the segment is damaged"};
  }
  ByteReader reader(copy.substr(magic.size()));
  if (const std::uint32_t version = reader.word32(); version != journal_format_version) {
    return Error{ErrorCode::unsupported, "the journal is in format " + std::to_string(version) +
                                             ", which this version of Footfall does not know"};
  }
  SegmentHeader header;
  header.salt = reader.word32();
  std::memcpy(header.store.data(), reader.rest().data(), header.store.size());
  reader = ByteReader(reader.rest().substr(header.store.size()));
  header.first = reader.word64();
  header.created = instant_of(static_cast<std::int64_t>(reader.word64()));
  header.chain = reader.word32();
  return header;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed) {
  // ISA-L works on the bare register; the CRC everyone else means begins and ends with its complement (RFC 3720 §12.1).
  // It takes a pointer to non-const bytes, and only reads them.
  auto* data = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
  return ~crc32_iscsi(data, static_cast<int>(bytes.size()), ~seed);
}

std::string encode(const SegmentHeader& header) {
  std::string copy;
  ByteWriter writer(copy);
  copy.append(magic);
  writer.word32(journal_format_version);
  writer.word32(header.salt);
  copy.append(reinterpret_cast<const char*>(header.store.data()), header.store.size());
  writer.word64(header.first);
  writer.word64(static_cast<std::uint64_t>(milliseconds_of(header.created)));
  writer.word32(header.chain);
  writer.word32(crc32c(copy));
  FOOTFALL_ASSERT(copy.size() == header_copy_bytes);

  std::string page(segment_header_bytes, '\0');
  page.replace(0, copy.size(), copy);
  page.replace(second_copy_offset, copy.size(), copy);
  return page;
}

Result<CheckedSegmentHeader> check_segment_header(std::string_view page) {
  if (page.size() < segment_header_bytes) return Error{ErrorCode::corrupt, "the segment ends within its header"};
  page = page.substr(0, segment_header_bytes);
  const auto first = check_copy(page.substr(0, header_copy_bytes));
  const auto second = check_copy(page.substr(second_copy_offset, header_copy_bytes));
  const auto& good = first ? first : second;
  if (!good) return first.error().code == ErrorCode::unsupported ? first.error() : second.error();
  return CheckedSegmentHeader{.header = *good, .whole = page == encode(*good)};
}

std::uint32_t seal_frame(std::string& frame, std::size_t begin, FrameHeader header, std::uint32_t salt) {
  const std::size_t payload_bytes = frame.size() - begin - frame_header_bytes;
  FOOTFALL_ASSERT(payload_bytes <= frame_bytes_max);
  header.payload_bytes = static_cast<std::uint32_t>(payload_bytes);
  frame.resize(begin + frame_bytes(payload_bytes));
  std::memcpy(frame.data() + begin, &header, sizeof header);
  header.crc = crc32c(std::string_view(frame).substr(begin + sizeof header.crc), salt);
  std::memcpy(frame.data() + begin, &header.crc, sizeof header.crc);
  return header.crc;
}

FrameHeader peek_frame(std::string_view bytes) {
  FOOTFALL_ASSERT(bytes.size() >= frame_header_bytes);
  FrameHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  return header;
}

bool is_plausible(const FrameHeader& header, std::uint64_t bytes_left) {
  // A record takes two bytes at least: its length and one of its own.
  return header.payload_bytes <= frame_bytes_max && frame_bytes(header.payload_bytes) <= bytes_left &&
         header.records >= 1 && header.records <= header.payload_bytes / 2;
}

bool is_whole(std::string_view frame, std::uint32_t salt) {
  const FrameHeader header = peek_frame(frame);
  return frame.size() == frame_bytes(header.payload_bytes) &&
         crc32c(frame.substr(sizeof header.crc), salt) == header.crc;
}

}  // namespace footfall
