// Takes a chunked body apart as it passes (RFC 9112 §7.1): the one reader of chunks, for requests and responses.
//
// Strict where two readers could differ: a line ends with CR LF, a size is bare hexadecimal digits, an extension is
// short and holds no control character. Holds no bytes: whatever is given is used, to the end of the body. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/http_server/refusal.h"

namespace footfall {

// A chunk's size has at most 16 digits; the rest is room for an extension that is ignored.
inline constexpr std::size_t chunk_line_bytes_max = 256;

class ChunkReader {
 public:
  // What becomes of trailer fields. A stranger's are refused: who reads them as part of the head is deceived. An
  // origin's are read over, up to chunk_trailer_bytes_max, as a message without them means the same (RFC 9110 §6.5.1).
  enum class Trailers : std::uint8_t { refused, dropped };
  // `data_bytes_max`: a longer body is refused as soon as its chunk's size says so.
  explicit ChunkReader(Trailers trailers, std::uint64_t data_bytes_max = UINT64_MAX)
      : trailers_(trailers), data_bytes_left_(data_bytes_max) {}

  struct Progress {
    std::size_t used = 0;  // less than was given only if done or refused
    bool done = false;     // the body is whole; what follows is another message
    std::optional<Refusal> refused;
  };
  // Appends the data that `bytes` hold to `data`.
  Progress take(std::string_view bytes, std::string& data);

 private:
  enum class Part : std::uint8_t {
    size,
    extension,
    size_end,
    data,
    data_cr,
    data_lf,
    line_start,
    trailer,
    trailer_end,
    last_lf,
    done
  };

  std::optional<Refusal> read(char c);
  std::optional<Refusal> read_size(char c);
  std::optional<Refusal> begin_chunk();
  std::optional<Refusal> read_trailer(char c);

  const Trailers trailers_;
  Part part_ = Part::size;
  std::uint64_t data_bytes_left_;  // of the whole body, as allowed
  std::uint64_t chunk_bytes_ = 0;  // of the chunk, as said; then those still to come
  std::size_t line_bytes_ = 0;     // of the size line
  std::size_t trailer_bytes_ = 0;
};

// As much as a head may have.
inline constexpr std::size_t chunk_trailer_bytes_max = 16'384;

}  // namespace footfall
