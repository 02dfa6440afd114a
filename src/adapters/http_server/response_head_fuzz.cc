// Feeds bytes of an origin that cannot be trusted to the response head's reader and to the chunk reader.
//
// The first two bytes say where the bytes are cut, as the network might: what is taken whole must be taken in the same
// way in two pieces, and nothing may be taken that is refused later.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/http_server/chunk_reader.h"
#include "adapters/http_server/response_head.h"
#include "base/check.h"

namespace footfall {
namespace {

void read_chunks(std::string_view bytes, std::size_t cut) {
  ChunkReader whole(ChunkReader::Trailers::dropped);
  ChunkReader parts(ChunkReader::Trailers::dropped);
  std::string at_once, in_parts;
  const auto wanted = whole.take(bytes, at_once);
  auto got = parts.take(bytes.substr(0, cut), in_parts);
  if (!got.done && !got.refused) {
    const std::size_t used = got.used;
    got = parts.take(bytes.substr(used), in_parts);
    got.used += used;
  }
  FOOTFALL_ASSERT(at_once == in_parts);
  FOOTFALL_ASSERT(wanted.used == got.used && wanted.done == got.done && wanted.refused == got.refused);
}

}  // namespace
}  // namespace footfall

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace footfall;
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t cut = std::min<std::size_t>(data[0] * 256U + data[1], bytes.size());

  static ResponseHead head, part;
  const HeadState state = read_response_head(bytes, head);
  const HeadState early = read_response_head(bytes.substr(0, cut), part);
  if (early != HeadState::incomplete) FOOTFALL_ASSERT(early == state);
  if (state == HeadState::complete) {
    FOOTFALL_ASSERT(head.bytes <= bytes.size() && head.bytes <= origin_head_bytes_max);
    FOOTFALL_ASSERT(head.status >= 100 && head.status <= 599);
    FOOTFALL_ASSERT(!(head.chunked && head.content_length));
    FOOTFALL_ASSERT((early == HeadState::complete) == (cut >= head.bytes));
    for (const HeaderView& field : head.fields()) {
      FOOTFALL_ASSERT(!field.name.empty() && !belongs_to_connection(field.name));
      FOOTFALL_ASSERT(field.value.find_first_of("\r\n") == std::string_view::npos);
    }
    const std::string_view body = bytes.substr(head.bytes);
    read_chunks(body, std::min(cut, body.size()));
  }
  read_chunks(bytes, cut);
  return 0;
}
