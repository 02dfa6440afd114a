// A chunked body of a request, gathered until it is whole.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "adapters/http_server/chunk_reader.h"

namespace footfall {

class ChunkedBody {
 public:
  explicit ChunkedBody(std::size_t body_bytes_max) : reader_(ChunkReader::Trailers::refused, body_bytes_max) {}

  using Progress = ChunkReader::Progress;
  Progress take(std::string_view bytes) { return reader_.take(bytes, text_); }

  // What came so far; the whole body once done. Views stay good until the next `take`.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  ChunkReader reader_;
  std::string text_;
};

}  // namespace footfall
