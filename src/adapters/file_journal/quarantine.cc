#include "adapters/file_journal/quarantine.h"

#include <algorithm>

#include "adapters/file_journal/segment.h"
#include "base/crash_point.h"

namespace footfall {
namespace {

constexpr std::size_t step_bytes = 1'048'576;

Result<Done> copy(DiskFile& from, std::uint64_t offset, std::uint64_t bytes, DiskFile& to) {
  std::string buffer;
  for (std::uint64_t done = 0; done < bytes; done += buffer.size()) {
    buffer.resize(static_cast<std::size_t>(std::min<std::uint64_t>(step_bytes, bytes - done)));
    const auto count = from.read(offset + done, buffer.data(), buffer.size());
    if (!count) return count.error();
    if (auto written = to.write(done, buffer); !written) return written;
  }
  return to.sync();
}

}  // namespace

std::string set_aside(Disk& disk, DiskFile& file, Position first, std::uint64_t offset, std::uint64_t bytes) {
  if (bytes == 0) return {};
  std::string name = segment_name(first) + "." + std::to_string(offset) + std::string(damaged_suffix);
  const std::string unfinished = name + std::string(unfinished_suffix);
  // The same damage met at every start is kept once.
  if (disk.open(name)) return name;
  (void)disk.remove(unfinished);
  const auto aside = disk.create(unfinished);
  if (!aside) return {};
  crash_point("quarantine");
  if (!copy(file, offset, bytes, **aside) || !disk.rename(unfinished, name) || !disk.sync_folder()) {
    (void)disk.remove(unfinished);
    return {};
  }
  return name;
}

}  // namespace footfall
