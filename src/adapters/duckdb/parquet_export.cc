#include "adapters/duckdb/parquet_export.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <system_error>

namespace footfall::duckdb {
namespace {

constexpr std::size_t piece_bytes = 262'144;

// A file whose name is gone already; it goes with its descriptor.
class NamelessFile : public BodySource {
 public:
  explicit NamelessFile(int descriptor) : descriptor_(descriptor) {}
  ~NamelessFile() override { ::close(descriptor_); }
  NamelessFile(const NamelessFile&) = delete;
  NamelessFile& operator=(const NamelessFile&) = delete;

  Result<std::string> next() override {
    std::string piece(piece_bytes, '\0');
    ssize_t got = -1;
    do {
      got = ::read(descriptor_, piece.data(), piece.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) return Error{ErrorCode::failed, "the Parquet file cannot be read"};
    piece.resize(static_cast<std::size_t>(got));
    return piece;
  }

 private:
  int descriptor_;
};

std::filesystem::path new_name(const std::filesystem::path& folder) {
  static std::atomic<std::uint64_t> last{0};
  return folder / ("visits-" + std::to_string(++last) + ".parquet");
}

// Removes the file when it goes.
struct Remover {
  const std::filesystem::path& file;
  ~Remover() {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
  }
};

}  // namespace

Result<std::unique_ptr<BodySource>> parquet_of(const Asking& asking, Sql query, const std::filesystem::path& folder) {
  const std::filesystem::path file = new_name(folder);
  const Remover remover{file};
  query.text = "COPY (" + query.text + ") TO " + query.bind(file.string()) + " (FORMAT parquet, COMPRESSION zstd)";
  if (const auto made = asking.ask(query); !made) return made.error();
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return Error{ErrorCode::failed, "the Parquet file cannot be read"};
  return std::unique_ptr<BodySource>(std::make_unique<NamelessFile>(descriptor));
}

}  // namespace footfall::duckdb
