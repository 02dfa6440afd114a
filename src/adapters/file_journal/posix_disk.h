// A folder of the real file system as a Disk.
//
// Writes go through the page cache and are made durable by fdatasync. Of the ways Linux offers this is the plainest
// and, on a file whose blocks are already written, not slower in a way that matters: docs/journal_format.md, "Why so".
#pragma once

#include <memory>
#include <string>

#include "ports/disk.h"

namespace footfall {

class PosixDisk final : public Disk {
 public:
  // The folder must exist. Errors: not_found, failed.
  static Result<std::unique_ptr<PosixDisk>> open_folder(const std::string& path);

  ~PosixDisk() override;
  PosixDisk(const PosixDisk&) = delete;
  PosixDisk& operator=(const PosixDisk&) = delete;

  Result<std::vector<std::string>> list() override;
  Result<std::unique_ptr<DiskFile>> open(const std::string& name) override;
  Result<std::unique_ptr<DiskFile>> create(const std::string& name) override;
  Result<Done> rename(const std::string& from, const std::string& to) override;
  Result<Done> remove(const std::string& name) override;
  Result<Done> sync_folder() override;
  Result<Space> space() override;

 private:
  PosixDisk(std::string path, int folder) : path_(std::move(path)), folder_(folder) {}
  const std::string path_;
  const int folder_;  // names are looked up beneath this descriptor, so that a moved folder stays the same folder
};

}  // namespace footfall
