#include "adapters/local_files/data_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace footfall {
namespace {

// No kept file comes near this; a longer one is not ours.
constexpr std::uintmax_t kept_file_bytes_max = 16UL * 1'024 * 1'024;

Error failed(const std::filesystem::path& path, const char* doing) {
  const int problem = errno;
  const ErrorCode code = problem == ENOSPC || problem == EDQUOT ? ErrorCode::unavailable : ErrorCode::failed;
  return {code, std::string("cannot ") + doing + " " + path.string() + ": " +
                    std::strerror(problem)};  // NOLINT(concurrency-mt-unsafe)
}

}  // namespace

Result<std::unique_ptr<DataFolder>> DataFolder::hold(const std::filesystem::path& path) {
  std::error_code problem;
  std::filesystem::create_directories(path.parent_path(), problem);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed(path, "make the data folder");
  const std::filesystem::path lock_path = path / "lock";
  const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return failed(lock_path, "open");
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock);
    return Error{ErrorCode::in_use, "the data folder " + path.string() + " is in use by another process"};
  }
  return std::unique_ptr<DataFolder>(new DataFolder(path, lock));
}

DataFolder::~DataFolder() { ::close(lock_); }

Result<std::optional<std::string>> PosixKeptFile::read() {
  std::error_code problem;
  const auto size = std::filesystem::file_size(path_, problem);
  if (problem == std::errc::no_such_file_or_directory) return std::optional<std::string>{};
  std::ifstream file(path_, std::ios::binary);
  if (problem || !file || size > kept_file_bytes_max) return failed(path_, "read");
  std::ostringstream text;
  text << file.rdbuf();
  if (file.bad()) return failed(path_, "read");
  return std::optional(std::move(text).str());
}

Result<Done> PosixKeptFile::replace(std::string_view text) {
  std::filesystem::path beside = path_;
  beside += ".new";
  const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return failed(beside, "make");
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t written = ::write(file, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const Error error = failed(beside, "write");
      ::close(file);
      return error;
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  const bool synced = ::fsync(file) == 0;
  ::close(file);
  if (!synced) return failed(beside, "sync");
  if (::rename(beside.c_str(), path_.c_str()) != 0) return failed(path_, "replace");
  const int folder = ::open(path_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return failed(path_.parent_path(), "open");
  const bool folder_synced = ::fsync(folder) == 0;
  ::close(folder);
  if (!folder_synced) return failed(path_.parent_path(), "sync");
  return Done{};
}

std::uint64_t PosixKeptFile::revision() {
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) return 0;
  // Every replacement is a new inode; the time tells two that got the same number apart.
  return (static_cast<std::uint64_t>(status.st_ino) * 1'000'003U) ^
         (static_cast<std::uint64_t>(status.st_mtim.tv_sec) * 1'000'000'000U +
          static_cast<std::uint64_t>(status.st_mtim.tv_nsec));
}

}  // namespace footfall
