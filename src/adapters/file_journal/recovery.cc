#include "adapters/file_journal/recovery.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "adapters/file_journal/quarantine.h"
#include "base/crash_point.h"

namespace footfall {
namespace {

const std::string recovered_name = "recovered" + std::string(unfinished_suffix);
constexpr std::size_t copy_step_bytes = 1'048'576;

struct FoundSegment {
  Position first = 0;  // by its name
  std::unique_ptr<DiskFile> file;
  std::uint64_t bytes = 0;
  std::optional<SegmentHeader> header;  // none: nothing of it can be read
  bool header_whole = true;
};

Result<std::vector<Position>> clean_and_list(Disk& disk) {
  const auto names = disk.list();
  if (!names) return names.error();
  std::vector<Position> firsts;
  for (const std::string& name : *names) {
    if (name.ends_with(unfinished_suffix)) {
      if (const auto removed = disk.remove(name); !removed) return removed.error();
    } else if (const auto first = parse_segment_name(name)) {
      firsts.push_back(*first);
    }
  }
  std::sort(firsts.begin(), firsts.end());
  return firsts;
}

Result<FoundSegment> look_at(Disk& disk, Position first) {
  FoundSegment found;
  found.first = first;
  auto file = disk.open(segment_name(first));
  if (!file) return file.error();
  found.file = std::move(*file);
  const auto bytes = found.file->size();
  if (!bytes) return bytes.error();
  found.bytes = *bytes;

  std::string page(segment_header_bytes, '\0');
  const auto count = found.file->read(0, page.data(), page.size());
  if (!count) return count.error();
  page.resize(*count);
  const auto checked = check_segment_header(page);
  if (!checked && checked.error().code != ErrorCode::corrupt) return checked.error();
  if (checked && checked->header.first == first) {
    found.header = checked->header;
    found.header_whole = checked->whole;
  }
  return found;
}

// Writes frames into a new file in large steps: a thousand small ones cost one call.
class Copy {
 public:
  Copy(DiskFile& file, const SegmentHeader& header)
      : file_(file), header_(header), waiting_(encode(header)), chain_(header.chain) {}

  Result<Done> add(const ScannedFrame& frame) {
    const std::size_t begin = waiting_.size();
    waiting_.append(frame_header_bytes, '\0');
    waiting_.append(frame.payload);
    chain_ = seal_frame(waiting_, begin,
                        {.crc = 0,
                         .payload_bytes = 0,
                         .first = frame.first,
                         .time_ms = milliseconds_of(frame.time),
                         .records = static_cast<std::uint32_t>(frame.end - frame.first),
                         .chain = chain_},
                        header_.salt);
    return waiting_.size() >= copy_step_bytes ? write_waiting() : Done{};
  }

  Result<Done> finish(std::uint64_t file_bytes) {
    if (auto written = write_waiting(); !written) return written;
    crash_point("recovery_copy");  // the new file has its frames, and nothing of it is on disk for certain
    return write_zeros(file_, offset_, file_bytes, Pace::at_once);
  }

  [[nodiscard]] std::uint64_t offset() const { return offset_ + waiting_.size(); }
  [[nodiscard]] std::uint32_t chain() const { return chain_; }

 private:
  Result<Done> write_waiting() {
    auto written = file_.write(offset_, waiting_);
    offset_ += waiting_.size();
    waiting_.clear();
    return written;
  }

  DiskFile& file_;
  SegmentHeader header_;
  std::string waiting_;
  std::uint64_t offset_ = 0;
  std::uint32_t chain_;
};

// Walks the newest segment to its end, telling `use` of every frame.
struct Walked {
  std::uint64_t limit = 0;  // behind its last whole frame
  Position end = 0;
  std::uint32_t chain = 0;  // the CRC of that frame
  std::uint64_t truncated_bytes = 0;
};
template <typename Use>
Result<Walked> walk(Disk& disk, FoundSegment& segment, Catalog& catalog, Use&& use) {
  SegmentScanner scanner(*segment.file, *segment.header);
  std::optional<SegmentScanner::Stretch> passed;
  std::uint64_t limit = segment_header_bytes;
  for (;;) {
    switch (scanner.next(segment.bytes)) {
      case SegmentScanner::Step::frame: {
        const ScannedFrame& frame = scanner.frame();
        if (passed || (frame.expected < frame.first && !frame.gap_is_known)) {
          const auto stretch = passed.value_or(SegmentScanner::Stretch{.offset = limit});
          catalog.note_damage(
              segment.first, stretch.offset,
              {.from = frame.expected,
               .to = frame.first,
               .kept_as = set_aside(disk, *segment.file, segment.first, stretch.offset, stretch.bytes)});
          passed.reset();
        }
        if (auto used = use(frame); !used) return used.error();
        limit = scanner.offset();
        break;
      }
      case SegmentScanner::Step::window_end:
        if (const auto filled = scanner.refill(segment.bytes); !filled) return filled.error();
        break;
      case SegmentScanner::Step::no_frame: {
        const auto stretch = scanner.resync(segment.bytes);
        if (!stretch) return stretch.error();
        if (!stretch->frame_follows) {
          return Walked{
              .limit = limit, .end = scanner.expected(), .chain = scanner.chain(), .truncated_bytes = stretch->bytes};
        }
        passed = *stretch;
        break;
      }
      case SegmentScanner::Step::end:
        return Walked{.limit = limit, .end = scanner.expected(), .chain = scanner.chain()};
    }
  }
}

Segment to_segment(const FoundSegment& found, std::uint64_t limit, Position end) {
  return {.header = *found.header, .file_bytes = found.bytes, .limit = limit, .end = end};
}

// Writes the newest segment anew and puts it in the old one's place.
Result<Walked> renew(Disk& disk, FoundSegment& newest, const RecoverySettings& settings, Catalog& catalog,
                     std::optional<SegmentWriter>& active) {
  const std::uint64_t bytes_max = std::max(settings.segment_bytes, newest.bytes);
  if (const auto room = check_room(disk, bytes_max); !room) return room.error();
  auto created = create_anew(disk, recovered_name);
  if (!created) return created.error();
  SegmentHeader header = *newest.header;
  header.salt = random_salt();
  Copy copy(**created, header);
  auto walked = walk(disk, newest, catalog, [&](const ScannedFrame& frame) { return copy.add(frame); });
  if (!walked) return walked;
  walked->chain = copy.chain();
  const std::uint64_t offset = copy.offset();
  const std::uint64_t bytes = std::max(settings.segment_bytes, offset);
  if (const auto finished = copy.finish(bytes); !finished) return finished.error();
  crash_point("recovery_rename");  // the new file is on disk, under a name that the next start removes
  if (const auto renamed = disk.rename(recovered_name, segment_name(newest.first)); !renamed) return renamed.error();
  crash_point("recovery_renamed");  // either file may have the name after a power cut: both hold the same records
  if (const auto synced = disk.sync_folder(); !synced) return synced.error();

  active.emplace(std::move(*created), header, bytes, offset, copy.chain());
  catalog.add({.header = header, .file_bytes = bytes, .limit = offset, .end = walked->end});
  return walked;
}

// Where there is no room to write the newest segment anew: writes what is good of it over itself, which needs none. A
// page that only the cache had is thereby one to be written, and the sync does write it. A power cut in between leaves
// the same bytes, written or not.
Result<Walked> confirm(Disk& disk, FoundSegment& newest, Catalog& catalog) {
  auto walked = walk(disk, newest, catalog, [](const ScannedFrame&) -> Result<Done> { return Done{}; });
  if (!walked) return walked;
  std::string bytes;
  for (std::uint64_t offset = 0; offset < walked->limit; offset += bytes.size()) {
    bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(copy_step_bytes, walked->limit - offset)));
    if (const auto count = newest.file->read(offset, bytes.data(), bytes.size()); !count) return count.error();
    if (const auto written = newest.file->write(offset, bytes); !written) return written.error();
  }
  if (const auto synced = newest.file->sync(); !synced) return synced.error();
  catalog.add(to_segment(newest, walked->limit, walked->end));
  return walked;
}

}  // namespace

std::uint32_t random_salt() { return std::random_device{}(); }

StoreId random_store_id() {
  std::random_device random;
  StoreId id;
  for (std::size_t i = 0; i < id.size(); i += 4) {
    const std::uint32_t word = random();
    std::memcpy(id.data() + i, &word, sizeof word);
  }
  // RFC 9562 §5.4: version 4, variant 10.
  id[6] = (id[6] & std::byte{0x0F}) | std::byte{0x40};
  id[8] = (id[8] & std::byte{0x3F}) | std::byte{0x80};
  return id;
}

Result<Recovered> recover(Disk& disk, const RecoverySettings& settings, Catalog& catalog) {
  const auto firsts = clean_and_list(disk);
  if (!firsts) return firsts.error();

  Recovered recovered;
  std::optional<StoreId> store = settings.store;
  std::vector<FoundSegment> found;
  for (const Position first : *firsts) {
    auto segment = look_at(disk, first);
    if (!segment) return segment.error();
    if (segment->header) {
      if (store && *store != segment->header->store) {
        return Error{ErrorCode::invalid, "the journal's segment " + segment_name(first) + " is of another store"};
      }
      store = segment->header->store;
    }
    found.push_back(std::move(*segment));
  }
  recovered.store = store.value_or(random_store_id());
  recovered.next = settings.next_at_least;

  for (std::size_t i = 0; i < found.size(); ++i) {
    FoundSegment& segment = found[i];
    const bool is_newest = i + 1 == found.size();
    if (!segment.header) {
      // Without its header nothing in it can be told from garbage. Its numbers are not given again: a record takes two
      // bytes at least.
      const Position end = is_newest ? segment.first + segment.bytes / 2 : found[i + 1].first;
      const std::string kept_as = segment_name(segment.first) + std::string(damaged_suffix);
      if (const auto renamed = disk.rename(segment_name(segment.first), kept_as); !renamed) return renamed.error();
      if (const auto synced = disk.sync_folder(); !synced) return synced.error();
      catalog.note_damage(segment.first, 0, {.from = segment.first, .to = end, .kept_as = kept_as});
      recovered.next = std::max(recovered.next, end);
      continue;
    }
    if (!segment.header_whole) {
      catalog.note_damage(segment.first, 0, {.from = segment.first, .to = segment.first, .kept_as = {}});
    }
    if (!is_newest) {
      catalog.add(to_segment(segment, segment.bytes, found[i + 1].first));
      continue;
    }
    auto walked = renew(disk, segment, settings, catalog, recovered.active);
    if (!walked && walked.error().code == ErrorCode::unavailable) {
      // It stays as it is, and is written on in another segment once there is room.
      (void)disk.remove(recovered_name);
      walked = confirm(disk, segment, catalog);
    }
    if (!walked) return walked.error();
    recovered.truncated_bytes = walked->truncated_bytes;
    recovered.chain = walked->chain;
    if (settings.next_at_least > walked->end + position_gap_max) {
      return Error{ErrorCode::invalid, "the store is further than any journal of it could be: " +
                                           std::to_string(settings.next_at_least) + " records"};
    }
    recovered.next = std::max(recovered.next, walked->end);
  }
  return recovered;
}

}  // namespace footfall
