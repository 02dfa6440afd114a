#include "adapters/file_journal/journal_reader.h"

#include <algorithm>

#include "adapters/file_journal/quarantine.h"

namespace footfall {

Result<std::span<const JournalRecord>> FileJournalReader::read(std::size_t records_max) {
  records_.clear();
  while (records_.size() < records_max) {
    if (payload_position_ < payload_end_) {
      take_records(records_max);
      continue;
    }
    const auto next = advance();
    if (!next) {
      if (!records_.empty()) break;  // what was read is good; the next call meets the error again
      return next.error();
    }
    if (*next != Next::frame) break;
  }
  return std::span<const JournalRecord>(records_);
}

Result<FileJournalReader::Next> FileJournalReader::advance() {
  for (;;) {
    if (segment_) {
      auto next = advance_in_segment();
      if (!next || segment_) return next;
      continue;  // it has left the segment
    }
    if (!records_.empty()) return Next::later;
    const auto holding = catalog_.holding(position_);
    if (!holding) return Next::nothing;
    if (const auto entered = enter(*holding); !entered) {
      // Removed between the look and the opening: the catalog says what is the oldest now.
      if (entered.error().code == ErrorCode::not_found && !catalog_.beginning_at(holding->header.first)) continue;
      return entered.error();
    }
  }
}

// Until there is a frame to take records from, or no more in this segment: then it is left.
Result<FileJournalReader::Next> FileJournalReader::advance_in_segment() {
  for (;;) {
    if (scanner_->expected() >= segment_->end || scanner_->offset() >= segment_->limit) {
      const auto now = catalog_.beginning_at(segment_->header.first);
      const bool grown = now && now->limit > segment_->limit;
      if (now) segment_ = now;
      if (!grown) {
        if (now && now->newest) return Next::nothing;
        return leave_segment();
      }
    }
    switch (scanner_->next(segment_->limit)) {
      case SegmentScanner::Step::frame:
        take_frame();
        if (payload_position_ < payload_end_) return Next::frame;
        break;
      case SegmentScanner::Step::window_end:
        if (!records_.empty()) return Next::later;
        if (const auto filled = scanner_->refill(segment_->limit); !filled) return filled.error();
        break;
      case SegmentScanner::Step::no_frame:
        if (!records_.empty()) return Next::later;
        if (const auto passed = pass_damage(); !passed) return passed.error();
        break;
      case SegmentScanner::Step::end:
        break;  // seen at the top
    }
  }
}

Result<Done> FileJournalReader::enter(const Segment& segment) {
  auto file = disk_.open(segment_name(segment.header.first));
  if (!file) return file.error();
  file_ = std::move(*file);
  segment_ = segment;
  scanner_.emplace(*file_, segment.header);
  passed_.reset();
  return Done{};
}

// The next segment tells whether anything is missing at the end of this one: its header names the frame before it.
Result<FileJournalReader::Next> FileJournalReader::leave_segment() {
  if (!records_.empty()) return Next::later;
  const Position expected = scanner_->expected();
  const auto next = catalog_.after(segment_->header.first);
  if (next && expected < segment_->end && next->header.chain != scanner_->chain() &&
      catalog_.beginning_at(segment_->header.first)) {
    const auto stretch = passed_.value_or(SegmentScanner::Stretch{.offset = scanner_->offset()});
    report(stretch.offset, stretch.bytes, expected, segment_->end);
  }
  position_ = std::max(position_, next ? next->header.first : segment_->end);
  segment_.reset();
  return Next::nothing;
}

Result<Done> FileJournalReader::pass_damage() {
  auto stretch = scanner_->resync(segment_->limit);
  if (!stretch) return stretch.error();
  passed_ = *stretch;
  if (stretch->frame_follows) return Done{};
  // In a segment that grows, what is durable up to here is lost; what comes next is looked for after it.
  if (segment_->newest) {
    report(stretch->offset, stretch->bytes, scanner_->expected(), segment_->end);
    position_ = std::max(position_, segment_->end);
    passed_.reset();
  }
  scanner_->skip_to(segment_->limit, segment_->newest ? segment_->end : scanner_->expected());
  return Done{};
}

void FileJournalReader::take_frame() {
  const ScannedFrame& frame = scanner_->frame();
  const bool lost = frame.expected < frame.first && !frame.gap_is_known;
  if (passed_ || lost) {
    const auto stretch = passed_.value_or(SegmentScanner::Stretch{.offset = scanner_->offset()});
    report(stretch.offset, stretch.bytes, frame.expected, frame.first);
    passed_.reset();
  }
  if (frame.end <= position_) return;  // on the way to where this reader begins
  payload_ = PayloadReader(frame.payload);
  payload_position_ = frame.first;
  payload_end_ = frame.end;
  payload_time_ = frame.time;
}

void FileJournalReader::take_records(std::size_t records_max) {
  while (payload_position_ < payload_end_ && records_.size() < records_max) {
    const auto record = payload_.next();
    if (!record) {
      // The CRC is right and the contents are not: nothing of the rest can be believed.
      report(scanner_->offset(), 0, payload_position_, payload_end_);
      payload_position_ = payload_end_;
      break;
    }
    if (payload_position_ >= position_) {
      records_.push_back({.position = payload_position_, .appended = payload_time_, .bytes = *record});
    }
    ++payload_position_;
  }
  position_ = std::max(position_, payload_position_);
}

void FileJournalReader::report(std::uint64_t offset, std::uint64_t bytes, Position from, Position to) {
  DamagedStretch stretch{.from = from, .to = to, .kept_as = {}};
  stretch.kept_as = set_aside(disk_, *file_, segment_->header.first, offset, bytes);
  catalog_.note_damage(segment_->header.first, offset, stretch);
}

}  // namespace footfall
