// The data directory: made when it is missing, held by one process, with the small files that are replaced whole.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "ports/kept_file.h"

namespace footfall {

// One process at a time holds a data folder; the hold ends with the object, or with the process however it ends.
class DataFolder {
 public:
  // Makes the folder (0700) if it is missing, and takes its lock.
  //   errors  in_use  another process holds it
  //           failed  it cannot be made or opened
  static Result<std::unique_ptr<DataFolder>> hold(const std::filesystem::path& path);
  ~DataFolder();
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  DataFolder(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::filesystem::path path_;
  int lock_;
};

// A file that is written beside itself, synced and renamed into place.
class PosixKeptFile : public KeptFile {
 public:
  explicit PosixKeptFile(std::filesystem::path path) : path_(std::move(path)) {}
  Result<std::optional<std::string>> read() override;
  Result<Done> replace(std::string_view text) override;
  std::uint64_t revision() override;

 private:
  std::filesystem::path path_;
};

}  // namespace footfall
