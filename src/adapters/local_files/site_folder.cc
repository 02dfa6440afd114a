#include "adapters/local_files/site_folder.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace footfall {
namespace {

// A name on whose way something is renamed at this moment has to be looked up again.
constexpr int tries_max = 8;

std::int64_t nanoseconds_of(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

Stamp stamp_from(const struct stat& status) {
  return {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size), nanoseconds_of(status.st_mtim),
          nanoseconds_of(status.st_ctim)};
}

// Why a name did not open: nothing for one that leads nowhere we may go.
std::optional<Error> fault_of(int problem) {
  switch (problem) {
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
      return Error{ErrorCode::unavailable, "too much is open at the moment"};
    case EACCES:
    case EPERM:
      return Error{ErrorCode::forbidden, "a file of the site may not be read"};
    case EIO:
    case ENOSYS:
      return Error{ErrorCode::failed, "the site's folder cannot be read"};
    default:
      return std::nullopt;
  }
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

std::optional<Stamp> stamp_of(const Descriptor& file) {
  struct stat status {};
  if (::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return stamp_from(status);
}

Result<std::unique_ptr<SiteFolder>> SiteFolder::open(std::filesystem::path path) {
  Descriptor folder(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  struct stat status {};
  if (folder.number() < 0 || ::fstat(folder.number(), &status) != 0) {
    return Error{ErrorCode::failed, "cannot open the site's folder " + path.string() + ": " +
                                        std::strerror(errno)};  // NOLINT(concurrency-mt-unsafe)
  }
  Root root{std::make_shared<const Descriptor>(std::move(folder)), stamp_from(status)};
  return std::unique_ptr<SiteFolder>(new SiteFolder(std::move(path), std::move(root)));
}

void SiteFolder::follow_path() {
  const Stamp known = root_.with([](const Root& root) { return root.stamp; });
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0 || (status.st_ino == known.inode && status.st_dev == known.device)) return;
  Descriptor folder(::open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (folder.number() < 0 || ::fstat(folder.number(), &status) != 0) return;
  root_.with([&](Root& root) { root = {std::make_shared<const Descriptor>(std::move(folder)), stamp_from(status)}; });
}

int SiteFolder::open_beneath(const std::string& name, std::uint64_t flags, std::uint64_t resolve) const {
  const auto folder = root_.with([](const Root& root) { return root.folder; });
  struct open_how how {};
  how.flags = flags | O_CLOEXEC;
  how.resolve = resolve | RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  int opened = -1;
  for (int i = 0; i < tries_max; ++i) {
    opened = static_cast<int>(::syscall(SYS_openat2, folder->number(), name.c_str(), &how, sizeof how));
    const bool again = opened < 0 && (errno == EINTR || (errno == EAGAIN && (resolve & RESOLVE_CACHED) == 0));
    if (!again) break;
  }
  return opened;
}

Result<Sight> SiteFolder::look(const std::string& name, Wait wait) const {
  const Descriptor found(open_beneath(name, O_PATH, wait == Wait::no ? RESOLVE_CACHED : 0));
  if (found.number() < 0) {
    // EINVAL: a kernel before 5.12 does not know what RESOLVE_CACHED is.
    if (wait == Wait::no && (errno == EAGAIN || errno == EINVAL)) return Sight{Sight::Kind::unclear};
    auto fault = fault_of(errno);
    if (fault && fault->code != ErrorCode::forbidden) return *std::move(fault);
    return Sight{};
  }
  struct stat status {};
  if (::fstat(found.number(), &status) != 0) return Sight{};
  if (S_ISDIR(status.st_mode)) return Sight{Sight::Kind::folder};
  if (S_ISREG(status.st_mode)) return Sight{Sight::Kind::file, stamp_from(status)};
  return Sight{};
}

Result<std::optional<Descriptor>> SiteFolder::open_file(const std::string& name) const {
  Descriptor opened(open_beneath(name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0));
  if (opened.number() < 0) {
    if (auto fault = fault_of(errno)) return *std::move(fault);
    return std::optional<Descriptor>{};
  }
  return std::optional(std::move(opened));
}

}  // namespace footfall
