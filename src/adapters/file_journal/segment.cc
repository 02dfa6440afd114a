#include "adapters/file_journal/segment.h"

#include <isa-l/mem_routines.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/text.h"

namespace footfall {
namespace {

constexpr std::string_view segment_suffix = ".journal";
constexpr std::size_t position_digits = 20;  // of the largest 64-bit number
constexpr std::size_t preparing_step_bytes = 1'048'576;

bool all_zero(std::string_view bytes) {
  // It takes a pointer to non-const bytes, and only reads them.
  return isal_zero_detect(const_cast<char*>(bytes.data()), bytes.size()) == 0;
}

// Up to the last byte that is not zero.
std::size_t used_bytes(std::string_view bytes) {
  constexpr std::size_t block = 4'096;
  while (bytes.size() >= block && all_zero(bytes.substr(bytes.size() - block))) bytes.remove_suffix(block);
  while (!bytes.empty() && bytes.back() == '\0') bytes.remove_suffix(1);
  return bytes.size();
}

}  // namespace

std::string segment_name(Position first) {
  std::array<char, position_digits + 1> digits{};
  std::snprintf(digits.data(), digits.size(), "%020llu", static_cast<unsigned long long>(first));
  return digits.data() + std::string(segment_suffix);
}

std::optional<Position> parse_segment_name(std::string_view name) {
  if (name.size() != position_digits + segment_suffix.size() || !name.ends_with(segment_suffix)) return std::nullopt;
  return parse_unsigned(name.substr(0, position_digits));
}

Result<Done> check_room(Disk& disk, std::uint64_t bytes) {
  const auto space = disk.space();
  if (!space) return space.error();
  if (space->free < bytes) return Error{ErrorCode::unavailable, "the disk has no room for another journal segment"};
  return Done{};
}

Result<std::unique_ptr<DiskFile>> create_anew(Disk& disk, const std::string& name) {
  auto created = disk.create(name);
  if (created || created.error().code != ErrorCode::exists) return created;
  if (const auto removed = disk.remove(name); !removed) return removed.error();
  return disk.create(name);
}

Result<Done> write_zeros(DiskFile& file, std::uint64_t from, std::uint64_t to, Pace pace) {
  const std::string zeros(static_cast<std::size_t>(std::min<std::uint64_t>(preparing_step_bytes, to - from)), '\0');
  while (from < to) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(zeros.size(), to - from));
    if (auto written = file.write(from, std::string_view(zeros).substr(0, step)); !written) return written;
    from += step;
    if (pace == Pace::at_once) continue;
    if (auto synced = file.sync(); !synced) return synced;
  }
  return file.sync();
}

Result<std::unique_ptr<DiskFile>> prepare_segment(Disk& disk, const std::string& name, std::uint64_t bytes, Pace pace) {
  if (const auto room = check_room(disk, bytes); !room) return room.error();
  auto created = create_anew(disk, name);
  if (!created) return created;
  if (const auto zeroed = write_zeros(**created, 0, bytes, pace); !zeroed) {
    (void)disk.remove(name);  // best effort: what stays is replaced the next time
    return zeroed.error();
  }
  return created;
}

Result<Done> SegmentWriter::write(std::string& frame, Position first, std::uint32_t records, Instant time) {
  const std::uint32_t crc = seal_frame(frame, 0,
                                       {.crc = 0,
                                        .payload_bytes = 0,
                                        .first = first,
                                        .time_ms = milliseconds_of(time),
                                        .records = records,
                                        .chain = chain_},
                                       header_.salt);
  FOOTFALL_ASSERT(frame.size() <= room());
  if (auto written = file_->write(offset_, frame); !written) return written;
  offset_ += frame.size();
  chain_ = crc;
  return Done{};
}

SegmentScanner::SegmentScanner(DiskFile& file, const SegmentHeader& header, std::size_t window_bytes)
    : file_(file), salt_(header.salt), window_bytes_(window_bytes), expected_(header.first), chain_(header.chain) {}

std::string_view SegmentScanner::window_from(std::uint64_t offset, std::uint64_t limit) const {
  const std::uint64_t end = std::min(window_offset_ + window_.size(), limit);
  if (offset < window_offset_ || offset >= end) return {};
  return std::string_view(window_).substr(offset - window_offset_, end - offset);
}

SegmentScanner::Step SegmentScanner::next(std::uint64_t limit) {
  if (offset_ >= limit) return Step::end;
  if (limit - offset_ < frame_header_bytes) return Step::no_frame;
  const std::string_view here = window_from(offset_, limit);
  wanted_bytes_ = frame_header_bytes;
  if (here.size() < frame_header_bytes) return Step::window_end;
  const FrameHeader header = peek_frame(here);
  if (!is_plausible(header, limit - offset_) || header.first < expected_ ||
      header.first - expected_ > position_gap_max) {
    return Step::no_frame;
  }
  wanted_bytes_ = frame_bytes(header.payload_bytes);
  if (here.size() < wanted_bytes_) return Step::window_end;
  if (!is_whole(here.substr(0, wanted_bytes_), salt_)) return Step::no_frame;

  frame_ = {.first = header.first,
            .end = header.first + header.records,
            .time = instant_of(header.time_ms),
            .payload = here.substr(frame_header_bytes, header.payload_bytes),
            .expected = expected_,
            .gap_is_known = header.chain == chain_};
  offset_ += wanted_bytes_;
  expected_ = frame_.end;
  chain_ = header.crc;
  return Step::frame;
}

Result<Done> SegmentScanner::refill(std::uint64_t limit) {
  FOOTFALL_ASSERT(offset_ < limit);
  window_bytes_ = std::max(window_bytes_, wanted_bytes_);
  window_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(window_bytes_, limit - offset_)));
  window_offset_ = offset_;
  const auto count = file_.read(offset_, window_.data(), window_.size());
  if (!count) return count.error();
  // A file shorter than it should be reads as if zeros followed: frames that are not there are missed, not waited for.
  std::fill(window_.begin() + static_cast<std::ptrdiff_t>(*count), window_.end(), '\0');
  return Done{};
}

Result<bool> SegmentScanner::frame_begins_at(std::uint64_t offset, std::uint64_t limit) {
  const std::string_view here = window_from(offset, limit);
  const FrameHeader header = peek_frame(here);
  if (!is_plausible(header, limit - offset) || header.first < expected_ ||
      header.first - expected_ > position_gap_max) {
    return false;
  }
  const std::size_t bytes = frame_bytes(header.payload_bytes);
  if (here.size() >= bytes) return is_whole(here.substr(0, bytes), salt_);
  std::string frame(bytes, '\0');
  const auto count = file_.read(offset, frame.data(), frame.size());
  if (!count) return count.error();
  return *count == frame.size() && is_whole(frame, salt_);
}

Result<SegmentScanner::Stretch> SegmentScanner::resync(std::uint64_t limit) {
  const std::uint64_t begin = offset_;
  std::uint64_t used_end = begin;
  wanted_bytes_ = frame_header_bytes;
  while (offset_ < limit) {
    if (const auto filled = refill(limit); !filled) return filled.error();
    if (const std::size_t used = used_bytes(window_); used > 0) used_end = offset_ + used;
    const std::uint64_t window_end = offset_ + window_.size();
    // Frames begin at multiples of 8, and none begins among the zeros at the end.
    for (std::uint64_t at = offset_; at < used_end && at + frame_header_bytes <= window_end; at += 8) {
      if (at == begin) continue;
      const auto found = frame_begins_at(at, limit);
      if (!found) return found.error();
      if (!*found) continue;
      offset_ = at;
      return Stretch{.offset = begin, .bytes = at - begin, .frame_follows = true};
    }
    // A header may lie across the windows' border.
    offset_ = window_end < limit ? window_end - (frame_header_bytes - 8) : limit;
  }
  offset_ = begin;
  window_.clear();
  return Stretch{.offset = begin, .bytes = used_end - begin, .frame_follows = false};
}

}  // namespace footfall
