// Any bytes as a segment: the scanner must come to its end, in order, within bounds, whatever lies there.
//
// The input is a program: a byte says what comes next (raw bytes, or a frame with the right CRC around them, so that
// the fuzzer gets behind it), the next two how long it is.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "adapters/file_journal/segment.h"

namespace footfall {
namespace {

class FuzzFile final : public DiskFile {
 public:
  explicit FuzzFile(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<std::size_t> read(std::uint64_t offset, char* into, std::size_t bytes) override {
    if (offset >= bytes_.size()) return std::size_t{0};
    const std::size_t count = std::min<std::size_t>(bytes, bytes_.size() - offset);
    std::memcpy(into, bytes_.data() + offset, count);
    return count;
  }
  Result<Done> write(std::uint64_t, std::string_view) override { return Done{}; }
  Result<Done> sync() override { return Done{}; }
  Result<std::uint64_t> size() override { return std::uint64_t{bytes_.size()}; }

 private:
  std::string bytes_;
};

constexpr SegmentHeader header{.store = {}, .salt = 0x5A17, .chain = 0, .first = 0, .created = {}};

std::string segment_from(std::string_view program) {
  std::string segment = encode(header);
  Position position = 0;
  std::uint32_t chain = 0;
  while (program.size() >= 3) {
    const auto what = static_cast<unsigned char>(program[0]);
    const std::size_t length = std::min<std::size_t>(
        program.size() - 3, static_cast<unsigned char>(program[1]) + 256U * static_cast<unsigned char>(program[2]));
    const std::string_view bytes = program.substr(3, length);
    program.remove_prefix(3 + length);
    if (what % 4 == 0) {
      segment.append(bytes);
      segment.resize((segment.size() + 7) / 8 * 8);
    } else {
      const std::size_t begin = segment.size();
      segment.append(frame_header_bytes, '\0');
      segment.append(bytes);
      position += what / 16U;
      chain = seal_frame(segment, begin,
                         {.crc = 0,
                          .payload_bytes = 0,
                          .first = position,
                          .time_ms = 0,
                          .records = what % 4U,
                          .chain = what % 8 == 7 ? 0 : chain},
                         header.salt);
      position += what % 4;
    }
  }
  return segment;
}

void scan(const std::string& segment) {
  FuzzFile file(segment);
  SegmentScanner scanner(file, header, 256);
  const std::uint64_t limit = segment.size();
  for (;;) {
    const Position expected = scanner.expected();
    const std::uint64_t offset = scanner.offset();
    switch (scanner.next(limit)) {
      case SegmentScanner::Step::frame: {
        const ScannedFrame& frame = scanner.frame();
        FOOTFALL_ASSERT(frame.first >= expected && frame.end > frame.first && scanner.offset() > offset);
        FOOTFALL_ASSERT(scanner.offset() <= limit);
        PayloadReader payload(frame.payload);
        std::size_t bytes = 0;
        while (const auto record = payload.next()) bytes += record->size();
        FOOTFALL_ASSERT(bytes <= frame.payload.size());
        break;
      }
      case SegmentScanner::Step::window_end:
        (void)scanner.refill(limit);
        break;
      case SegmentScanner::Step::no_frame: {
        const auto stretch = scanner.resync(limit);
        FOOTFALL_ASSERT(stretch && stretch->offset == offset && stretch->offset + stretch->bytes <= limit);
        if (!stretch->frame_follows) return;
        FOOTFALL_ASSERT(scanner.offset() == stretch->offset + stretch->bytes && stretch->bytes > 0);
        break;
      }
      case SegmentScanner::Step::end:
        return;
    }
  }
}

}  // namespace
}  // namespace footfall

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  footfall::scan(footfall::segment_from(input));
  // The same bytes as a header page.
  std::string page = footfall::encode(footfall::header);
  page.replace(0, std::min(page.size(), input.size()), input.substr(0, page.size()));
  (void)footfall::check_segment_header(page);
  page.replace(2'048, std::min<std::size_t>(64, input.size()), input.substr(0, 64));
  (void)footfall::check_segment_header(page);
  return 0;
}
