// The files of a site: what `--root` names.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace footfall {

// A file too large to be kept in memory: open as long as this lives. One thread at a time.
class OpenSiteFile {
 public:
  virtual ~OpenSiteFile() = default;
  // Bytes from `at` on: `bytes` of them, or fewer, but one at least.
  //   errors  failed  it cannot be read, or has changed since it was found
  virtual Result<std::string> read(std::uint64_t at, std::size_t bytes) = 0;
};

// One file as it stood when it was looked at.
struct SiteFile {
  std::string type;           // media type
  std::string etag;           // quoted, strong: other bytes have another
  std::string last_modified;  // as a header says it
  std::chrono::sys_seconds modified{};
  // It had rested for a second: no other version of it can bear the same date.
  bool date_is_exact = false;
  std::uint64_t bytes = 0;
  // Its bytes, or the way to them. Shared: a slow reader may still be sent a file that has been let go.
  std::shared_ptr<const std::string> kept;
  std::shared_ptr<OpenSiteFile> open;
};

// What a request's path leads to.
struct SitePlace {
  // A folder with a page of its own, asked for without the slash that its relative links need; no file then.
  bool folder = false;
  SiteFile plain;
  // The same, compressed beforehand: smaller and not older.
  std::optional<SiteFile> brotli, gzip;
};

// Any thread.
class SiteFiles {
 public:
  virtual ~SiteFiles() = default;
  // What a request path (still percent-encoded) leads to, as it was within the last second: a file, a folder's
  // index.html, or NAME.html for NAME. Null: nothing is there, it is hidden, or it is outside the root. May block.
  //   errors  unavailable  too many files are open, or it changes while it is read: try again
  //           failed       it cannot be read
  virtual Result<std::shared_ptr<const SitePlace>> find(std::string_view path) = 0;
  // True if `find` would not have to wait for a disk if it were called now.
  virtual bool at_hand(std::string_view path) = 0;
};

}  // namespace footfall
