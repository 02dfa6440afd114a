#include "adapters/local_files/local_site_files.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace footfall {
namespace {

// Larger files belong behind a server made for them.
constexpr off_t file_bytes_max = 64L * 1'024 * 1'024;

// Opens a file beneath the root: the kernel itself refuses to leave it, by `..` or by a symbolic link.
int open_beneath(int root, const std::string& name) {
  struct open_how how {};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(::syscall(SYS_openat2, root, name.c_str(), &how, sizeof how));
}

bool has_hidden_part(std::string_view path) {
  return path.find("/.") != std::string_view::npos || path.find('\0') != std::string_view::npos;
}

}  // namespace

Result<std::unique_ptr<LocalSiteFiles>> LocalSiteFiles::open(const std::filesystem::path& root, MediaType media_type) {
  const int folder = ::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) {
    return Error{ErrorCode::failed, "cannot open the site's folder " + root.string() + ": " +
                                        std::strerror(errno)};  // NOLINT(concurrency-mt-unsafe)
  }
  return std::unique_ptr<LocalSiteFiles>(new LocalSiteFiles(folder, media_type));
}

LocalSiteFiles::~LocalSiteFiles() { ::close(root_); }

Result<std::optional<SiteFile>> LocalSiteFiles::find(std::string_view path) {
  const auto decoded = percent_decode(path);
  if (!decoded || !decoded->starts_with('/') || has_hidden_part(*decoded)) return std::optional<SiteFile>{};
  const std::string name = decoded->substr(1);
  if (name.empty() || name.ends_with('/')) return read(name + "index.html");
  auto file = read(name);
  if (!file || *file) return file;
  auto clean = read(name + ".html");
  if (!clean || *clean) return clean;
  return read(name + "/index.html");
}

Result<std::optional<SiteFile>> LocalSiteFiles::read(const std::string& name) const {
  const int file = open_beneath(root_, name);
  if (file < 0) return std::optional<SiteFile>{};
  struct stat status {};
  if (::fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > file_bytes_max) {
    ::close(file);
    return std::optional<SiteFile>{};
  }
  SiteFile found;
  found.bytes.resize(static_cast<std::size_t>(status.st_size));
  std::size_t read = 0;
  while (read < found.bytes.size()) {
    const ssize_t got = ::pread(file, found.bytes.data() + read, found.bytes.size() - read, static_cast<off_t>(read));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    read += static_cast<std::size_t>(got);
  }
  ::close(file);
  if (read < found.bytes.size()) return Error{ErrorCode::failed, "a file of the site cannot be read"};
  found.type = media_type_(name);
  found.etag = "\"" + std::to_string(status.st_mtim.tv_sec) + "-" + std::to_string(status.st_mtim.tv_nsec) + "-" +
               std::to_string(status.st_size) + "\"";
  return std::optional(std::move(found));
}

}  // namespace footfall
