// Files as the journal needs them: positioned reads and writes, syncs, and a folder that can be synced too.
//
// The real disk is adapters/file_journal/posix_disk.h; testing/faulty_disk.h tears, drops, flips and refuses on demand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace footfall {

// An open file. One thread at a time writes; any thread may read beside it. It stays readable when its name is taken
// away.
class DiskFile {
 public:
  virtual ~DiskFile() = default;

  // Reads up to `bytes` at `offset`; shorter only at the end of the file. Error: failed.
  virtual Result<std::size_t> read(std::uint64_t offset, char* into, std::size_t bytes) = 0;
  // Writes all of `bytes` at `offset`. Errors: failed; unavailable (no space left: part of it may be written).
  virtual Result<Done> write(std::uint64_t offset, std::string_view bytes) = 0;
  // Returns when what was written is on disk (fdatasync). After a failure the file must not be trusted or synced again:
  // the kernel may have dropped the pages and call the next sync a success.
  // Errors: failed; unavailable (no space left, where the file system finds room only now).
  virtual Result<Done> sync() = 0;
  virtual Result<std::uint64_t> size() = 0;
};

// A folder of files, by name. Any thread.
class Disk {
 public:
  virtual ~Disk() = default;

  virtual Result<std::vector<std::string>> list() = 0;
  // Error: not_found.
  virtual Result<std::unique_ptr<DiskFile>> open(const std::string& name) = 0;
  // Makes an empty file; error exists if there is one.
  virtual Result<std::unique_ptr<DiskFile>> create(const std::string& name) = 0;
  // Replaces what was called `to`.
  virtual Result<Done> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<Done> remove(const std::string& name) = 0;
  // Makes creations, renames and removals durable (fsync of the folder).
  virtual Result<Done> sync_folder() = 0;
  // Bytes that an unprivileged process may still write, and how many there are in all.
  struct Space {
    std::uint64_t free = 0;
    std::uint64_t total = 0;
  };
  virtual Result<Space> space() = 0;
};

}  // namespace footfall
