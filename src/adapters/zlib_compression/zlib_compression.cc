#include "adapters/zlib_compression/zlib_compression.h"

#include <zlib.h>

#include <algorithm>
#include <new>

namespace footfall {
namespace {

// As zlib wants its input, which it does not change.
Bytef* input_of(std::string_view bytes) { return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data())); }

}  // namespace

std::string ZlibCompression::pack(std::string_view bytes) const {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string packed(size, '\0');
  const int done = compress2(reinterpret_cast<Bytef*>(packed.data()), &size, input_of(bytes),
                             static_cast<uLong>(bytes.size()), Z_BEST_COMPRESSION);
  // There is room by its own reckoning: only memory can be missing.
  if (done != Z_OK) throw std::bad_alloc();
  packed.resize(size);
  return packed;
}

Result<std::string> ZlibCompression::unpack(std::string_view packed, std::size_t bytes_max) const {
  const Error corrupt{ErrorCode::corrupt, "packed bytes are damaged"};
  z_stream stream{};
  stream.next_in = input_of(packed);
  stream.avail_in = static_cast<uInt>(packed.size());
  if (inflateInit(&stream) != Z_OK) throw std::bad_alloc();
  std::string bytes;
  int state = Z_OK;
  while (state == Z_OK) {
    const std::size_t had = bytes.size();
    bytes.resize(std::min(bytes_max + 1, std::max<std::size_t>(had * 2, packed.size() * 4 + 64)));
    if (bytes.size() == had) break;
    stream.next_out = reinterpret_cast<Bytef*>(bytes.data()) + had;
    stream.avail_out = static_cast<uInt>(bytes.size() - had);
    state = inflate(&stream, Z_NO_FLUSH);
    bytes.resize(bytes.size() - stream.avail_out);
  }
  const bool whole = state == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  if (bytes.size() > bytes_max) return Error{ErrorCode::too_large, "packed bytes are more than they may be"};
  if (!whole) return corrupt;
  return bytes;
}

}  // namespace footfall
