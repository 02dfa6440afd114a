// A folder of this machine, looked into so that nothing outside it can be reached.
//
// The kernel itself refuses to leave the folder, by `..` or by a symbolic link (openat2 with RESOLVE_BENEATH,
// Linux 5.6). A link that stays inside is followed. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/guarded.h"
#include "base/result.h"

namespace footfall {

// An open file, closed with this.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

// What tells one state of a file from another without reading it. Times are nanoseconds since 1970.
struct Stamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t bytes = 0;
  std::int64_t modified = 0;  // its bytes
  std::int64_t changed = 0;   // anything about it; nobody can set this
  friend bool operator==(const Stamp&, const Stamp&) = default;
};

struct Sight {
  // `unclear`: only a disk could tell, and it was not to be waited for.
  enum class Kind : std::uint8_t { nothing, file, folder, unclear };
  Kind kind = Kind::nothing;
  Stamp stamp{};  // of a regular file
  friend bool operator==(const Sight&, const Sight&) = default;
};

enum class Wait : std::uint8_t { no, yes };

class SiteFolder {
 public:
  // Error: failed (no such folder).
  static Result<std::unique_ptr<SiteFolder>> open(std::filesystem::path path);

  // What stands under a name from site_name, without opening it: a pipe or a device is never touched.
  //   errors  unavailable  the process or the machine has no descriptor or memory left
  //           failed       the disk cannot be read
  [[nodiscard]] Result<Sight> look(const std::string& name, Wait wait) const;
  // Opens a file for reading. Nothing: it has gone.
  //   errors  forbidden    its permissions keep us out
  //           and those of `look`
  [[nodiscard]] Result<std::optional<Descriptor>> open_file(const std::string& name) const;
  // Looks whether the folder's own path leads to another folder by now, as when a link is put onto a new release.
  void follow_path();

 private:
  struct Root {
    std::shared_ptr<const Descriptor> folder;  // shared: a look that has begun ends in the folder it began in
    Stamp stamp;
  };
  SiteFolder(std::filesystem::path path, Root root) : path_(std::move(path)), root_(std::move(root)) {}
  [[nodiscard]] int open_beneath(const std::string& name, std::uint64_t flags, std::uint64_t resolve) const;

  std::filesystem::path path_;
  Guarded<Root> root_;
};

// Nothing: it is not a regular file, or the system does not say.
std::optional<Stamp> stamp_of(const Descriptor& file);

}  // namespace footfall
