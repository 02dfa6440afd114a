// Takes a chunked body apart (RFC 9112 §7.1), by Beast's parser held to stricter rules.
//
// A trailer field, a chunk extension that is not well-formed, and a size line longer than chunk_line_bytes_max are
// refused. Beast 1.81 does not bound its trailers: 100 kB of them make it throw; here it never sees more than a line's
// worth of bytes that it cannot use at once.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/http_server/refusal.h"

namespace footfall {

// A chunk's size has at most 16 digits; the rest is room for an extension that is ignored.
inline constexpr std::size_t chunk_line_bytes_max = 256;

class ChunkedBody {
 public:
  explicit ChunkedBody(std::size_t body_bytes_max);
  ~ChunkedBody();
  ChunkedBody(ChunkedBody&&) noexcept;
  ChunkedBody& operator=(ChunkedBody&&) noexcept;

  struct Progress {
    std::size_t used = 0;  // bytes taken; give the rest again, with more behind it
    bool done = false;     // the body is whole; what follows is the next request
    std::optional<Refusal> refused;
  };
  Progress take(std::string_view bytes);

  // What came so far; the whole body once done. Views stay good until the next `take`.
  [[nodiscard]] const std::string& text() const;

 private:
  class Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace footfall
