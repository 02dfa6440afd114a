#include "adapters/file_journal/posix_disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace footfall {
namespace {

// What `errno` says, for programs and for a person.
Error problem(const std::string& doing, int reason = errno) {
  const std::string what = "cannot " + doing + ": " + std::generic_category().message(reason);
  switch (reason) {
    case ENOSPC:
    case EDQUOT:
      return {ErrorCode::unavailable, what};
    case ENOENT:
      return {ErrorCode::not_found, what};
    case EEXIST:
      return {ErrorCode::exists, what};
    default:
      return {ErrorCode::failed, what};
  }
}

// Calls again what a signal cut short.
template <typename F>
auto uninterrupted(F&& call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

class PosixFile final : public DiskFile {
 public:
  PosixFile(std::string name, int descriptor) : name_(std::move(name)), descriptor_(descriptor) {}
  ~PosixFile() override { ::close(descriptor_); }
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  Result<std::size_t> read(std::uint64_t offset, char* into, std::size_t bytes) override {
    std::size_t done = 0;
    while (done < bytes) {
      const ssize_t count = uninterrupted(
          [&] { return ::pread(descriptor_, into + done, bytes - done, static_cast<off_t>(offset + done)); });
      if (count < 0) return problem("read " + name_);
      if (count == 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  Result<Done> write(std::uint64_t offset, std::string_view bytes) override {
    // A short write (a disk filling up) is not the end: the next call finishes it or says why it cannot be finished.
    while (!bytes.empty()) {
      const ssize_t count =
          uninterrupted([&] { return ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
      if (count < 0) return problem("write " + name_);
      if (count == 0) return problem("write " + name_, EIO);
      bytes.remove_prefix(static_cast<std::size_t>(count));
      offset += static_cast<std::uint64_t>(count);
    }
    return Done{};
  }

  Result<Done> sync() override {
    // Not repeated after EINTR: whatever a sync answers but success means the file is not to be synced again.
    if (::fdatasync(descriptor_) != 0) return problem("sync " + name_);
    return Done{};
  }

  Result<std::uint64_t> size() override {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) return problem("look at " + name_);
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  const std::string name_;
  const int descriptor_;
};

}  // namespace

Result<std::unique_ptr<PosixDisk>> PosixDisk::open_folder(const std::string& path) {
  const int folder = uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (folder < 0) return problem("open the folder " + path);
  return std::unique_ptr<PosixDisk>(new PosixDisk(path, folder));
}

PosixDisk::~PosixDisk() { ::close(folder_); }

Result<std::vector<std::string>> PosixDisk::list() {
  // Its own descriptor: reading a folder moves a position that two listings must not share.
  const int own = uninterrupted([&] { return ::openat(folder_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (own < 0) return problem("list " + path_);
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(own), &::closedir);
  if (!entries) {
    ::close(own);
    return problem("list " + path_);
  }
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(entries.get());  // NOLINT(concurrency-mt-unsafe): the stream is ours alone
    if (entry == nullptr) break;
    struct stat status {};
    if (::fstatat(folder_, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode)) {
      names.emplace_back(entry->d_name);
    }
  }
  if (errno != 0) return problem("list " + path_);
  return names;
}

Result<std::unique_ptr<DiskFile>> PosixDisk::open(const std::string& name) {
  const int file = uninterrupted([&] { return ::openat(folder_, name.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW); });
  if (file < 0) return problem("open " + path_ + "/" + name);
  return std::unique_ptr<DiskFile>(std::make_unique<PosixFile>(path_ + "/" + name, file));
}

Result<std::unique_ptr<DiskFile>> PosixDisk::create(const std::string& name) {
  const int file = uninterrupted(
      [&] { return ::openat(folder_, name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600); });
  if (file < 0) return problem("create " + path_ + "/" + name);
  return std::unique_ptr<DiskFile>(std::make_unique<PosixFile>(path_ + "/" + name, file));
}

Result<Done> PosixDisk::rename(const std::string& from, const std::string& to) {
  if (::renameat(folder_, from.c_str(), folder_, to.c_str()) != 0) return problem("rename " + path_ + "/" + from);
  return Done{};
}

Result<Done> PosixDisk::remove(const std::string& name) {
  if (::unlinkat(folder_, name.c_str(), 0) != 0) return problem("remove " + path_ + "/" + name);
  return Done{};
}

Result<Done> PosixDisk::sync_folder() {
  if (::fsync(folder_) != 0) return problem("sync the folder " + path_);
  return Done{};
}

Result<Disk::Space> PosixDisk::space() {
  struct statvfs status {};
  if (uninterrupted([&] { return ::fstatvfs(folder_, &status); }) != 0) return problem("look at the disk of " + path_);
  return Space{.free = static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize,
               .total = static_cast<std::uint64_t>(status.f_blocks) * status.f_frsize};
}

}  // namespace footfall
