#include "adapters/log_input/log_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

namespace footfall {
namespace {

constexpr std::size_t read_bytes = 256UL * 1'024;
constexpr std::size_t line_bytes_max = 1'024UL * 1'024;
constexpr std::string_view gzip_magic = "\x1f\x8b";
constexpr int automatic_header = 32 + MAX_WBITS;  // zlib reads a gzip or zlib header

class FileInput : public LogInput {
 public:
  FileInput(int file, bool owned, std::uint64_t total)
      : file_(file), owned_(owned), total_(total), packed_(read_bytes) {}
  ~FileInput() override {
    if (inflating_) inflateEnd(&stream_);
    if (owned_) ::close(file_);
  }
  FileInput(const FileInput&) = delete;
  FileInput& operator=(const FileInput&) = delete;

  Result<std::string_view> next_block(std::size_t lines_max, std::size_t bytes_max) override {
    text_.erase(0, taken_);
    taken_ = 0;
    std::size_t end = 0;
    for (std::size_t lines = 0; lines < lines_max;) {
      const std::size_t newline = text_.find('\n', end);
      if (newline == std::string::npos) {
        if (ended_) {
          // The last line of a log need not end.
          if (end == 0 || text_.size() <= bytes_max) end = text_.size();
          break;
        }
        cut_overlong_line(end);
        if (auto more = read_more(); !more) return more.error();
        continue;
      }
      if (end > 0 && newline + 1 > bytes_max) break;
      end = newline + 1;
      ++lines;
    }
    taken_ = end;
    return std::string_view(text_).substr(0, end);
  }

  // Reads to the end and keeps nothing. Errors: failed, corrupt.
  Result<Done> read_through() {
    while (!ended_) {
      if (auto more = read_more(); !more) return more;
      text_.clear();
    }
    return Done{};
  }

  [[nodiscard]] std::uint64_t bytes_read() const override { return read_; }
  [[nodiscard]] std::uint64_t bytes_total() const override { return total_; }

 private:
  // What follows in a line that is too long to be one is dropped as it comes: memory stays bounded.
  void cut_overlong_line(std::size_t begin) {
    if (text_.size() - begin > line_bytes_max) text_.resize(begin + line_bytes_max);
  }

  Result<Done> read_more() {
    if (inflating_ && (stream_.avail_in > 0 || more_unpacked_)) return unpack();
    const ssize_t got = ::read(file_, packed_.data(), packed_.size());
    if (got < 0) {
      if (errno == EINTR) return Done{};
      return Error{ErrorCode::failed,
                   std::string("the log cannot be read: ") + std::strerror(errno)};  // NOLINT(concurrency-mt-unsafe)
    }
    const bool first = read_ == 0;
    read_ += static_cast<std::uint64_t>(got);
    if (got == 0) {
      ended_ = true;
      if (inflating_ && member_open_) return Error{ErrorCode::corrupt, "the gzip file ends in the middle"};
      return Done{};
    }
    const std::string_view bytes(packed_.data(), static_cast<std::size_t>(got));
    if (first && bytes.size() >= 2 && bytes.substr(0, 2) == gzip_magic) {
      inflating_ = inflateInit2(&stream_, automatic_header) == Z_OK;
      if (!inflating_) return Error{ErrorCode::failed, "there is no memory for unpacking"};
    }
    if (!inflating_) {
      text_.append(bytes);
      return Done{};
    }
    stream_.next_in = reinterpret_cast<Bytef*>(packed_.data());
    stream_.avail_in = static_cast<uInt>(bytes.size());
    return unpack();
  }

  // One piece of the text, however much more the bytes read would unpack to: memory stays bounded.
  Result<Done> unpack() {
    if (!member_open_ && stream_.avail_in > 0 && unpacked_any_) inflateReset(&stream_);
    std::array<char, read_bytes> unpacked;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    stream_.next_out = reinterpret_cast<Bytef*>(unpacked.data());
    stream_.avail_out = static_cast<uInt>(unpacked.size());
    const int result = inflate(&stream_, Z_NO_FLUSH);
    text_.append(unpacked.data(), unpacked.size() - stream_.avail_out);
    unpacked_any_ = true;
    member_open_ = result != Z_STREAM_END;
    more_unpacked_ = member_open_ && stream_.avail_out == 0;
    // Z_BUF_ERROR: all of the input is used up.
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
      return Error{ErrorCode::corrupt, "the gzip file is damaged"};
    }
    return Done{};
  }

  int file_;
  bool owned_;
  std::uint64_t total_;
  std::uint64_t read_ = 0;
  std::vector<char> packed_;
  std::string text_;
  std::size_t taken_ = 0;
  bool ended_ = false;
  bool inflating_ = false;
  bool member_open_ = false;
  bool more_unpacked_ = false;  // zlib holds text that did not fit the last time
  bool unpacked_any_ = false;
  z_stream stream_{};
};

// A gzip file's checksum stands at its end, and damaged bytes may well unpack to lines: they must not be recorded
// before that is known. So a file that can be read twice is.
Result<Done> check_gzip(int file) {
  std::array<char, 2> magic{};
  if (::pread(file, magic.data(), magic.size(), 0) != static_cast<ssize_t>(magic.size())) return Done{};
  if (std::string_view(magic.data(), magic.size()) != gzip_magic) return Done{};
  auto whole = FileInput(file, false, 0).read_through();
  if (whole && ::lseek(file, 0, SEEK_SET) != 0)
    return Error{ErrorCode::failed, "the log cannot be read from its start"};
  return whole;
}

}  // namespace

Result<std::unique_ptr<LogInput>> LogInput::open(const std::string& name) {
  if (name == "-") return std::unique_ptr<LogInput>(std::make_unique<FileInput>(STDIN_FILENO, false, 0));
  const int file = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    const ErrorCode code = errno == ENOENT ? ErrorCode::not_found : ErrorCode::failed;
    return Error{code, "cannot open " + name + ": " + std::strerror(errno)};  // NOLINT(concurrency-mt-unsafe)
  }
  struct stat status {};
  const bool known = ::fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  if (S_ISDIR(status.st_mode)) {
    ::close(file);
    return Error{ErrorCode::failed, name + " is a folder"};
  }
  auto input = std::make_unique<FileInput>(file, true, known ? static_cast<std::uint64_t>(status.st_size) : 0);
  if (known) {
    if (const auto whole = check_gzip(file); !whole) return Error{whole.error().code, name + ": " + whole.error().what};
  }
  return std::unique_ptr<LogInput>(std::move(input));
}

}  // namespace footfall
