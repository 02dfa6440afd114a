// Feeds strangers' bytes to the head check and the chunk reader, and holds Beast's reading beside ours.
//
// The first two bytes say where the bytes are cut, as the network might. Whatever is taken must be taken in the same
// way when it comes in two pieces, and Beast must see the same head.
#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/http_server/chunked_body.h"
#include "adapters/http_server/head_check.h"
#include "base/check.h"

namespace footfall {
namespace {

constexpr std::size_t body_bytes_max = 4'096;

void compare_with_beast(std::string_view bytes, const Head& head) {
  namespace http = boost::beast::http;
  // Beast knows no empty line before a request.
  if (bytes.starts_with("\r\n")) return;
  http::request_parser<http::string_body> beast;
  beast.header_limit(65'536);
  beast.body_limit(boost::none);
  boost::beast::error_code error;
  const std::size_t used = beast.put(boost::asio::buffer(bytes.substr(0, head.bytes)), error);
  // Beast is the stricter one about the grammar of Connection, which does not frame anything.
  if (error == http::error::bad_value) return;
  FOOTFALL_ASSERT(!error);
  FOOTFALL_ASSERT(used == head.bytes);
  FOOTFALL_ASSERT(beast.chunked() == head.chunked);
  FOOTFALL_ASSERT((beast.get().version() == 10) == head.http_1_0);
  if (head.content_length < UINT64_MAX / 16) FOOTFALL_ASSERT(beast.content_length().value_or(0) == head.content_length);
  std::size_t at = 0;
  for (const auto& field : beast.get()) {
    (void)field;
    ++at;
  }
  FOOTFALL_ASSERT(at == head.fields().size());
}

void read_chunks(std::string_view bytes, std::size_t cut) {
  ChunkedBody whole(body_bytes_max);
  const auto at_once = whole.take(bytes);
  FOOTFALL_ASSERT(at_once.used <= bytes.size());
  FOOTFALL_ASSERT(whole.text().size() <= body_bytes_max);

  ChunkedBody parts(body_bytes_max);
  cut = std::min(cut, bytes.size());
  auto progress = parts.take(bytes.substr(0, cut));
  if (!progress.done && !progress.refused) {
    const std::size_t used = progress.used;
    progress = parts.take(bytes.substr(used));
    progress.used += used;
  }
  FOOTFALL_ASSERT(parts.text().size() <= body_bytes_max);
  if (at_once.done) {
    FOOTFALL_ASSERT(progress.done);
    FOOTFALL_ASSERT(progress.used == at_once.used);
    FOOTFALL_ASSERT(parts.text() == whole.text());
  }
}

}  // namespace
}  // namespace footfall

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace footfall;
  if (size < 2) return 0;
  const std::size_t cut = data[0] * 256U + data[1];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);

  Head head;
  const HeadVerdict verdict = check_head(bytes, {}, head);
  Head first_part;
  const HeadVerdict early = check_head(bytes.substr(0, std::min(cut, bytes.size())), {}, first_part);
  if (verdict.state == HeadState::complete) {
    FOOTFALL_ASSERT(head.bytes <= bytes.size() && head.bytes <= head_bytes_max);
    FOOTFALL_ASSERT(head.path.starts_with('/'));
    FOOTFALL_ASSERT(early.state != HeadState::refused);
    FOOTFALL_ASSERT((early.state == HeadState::complete) == (cut >= head.bytes));
    compare_with_beast(bytes, head);
    read_chunks(bytes.substr(head.bytes), cut);
  } else if (early.state != HeadState::incomplete) {
    FOOTFALL_ASSERT(early.state == verdict.state && early.why == verdict.why);
  }
  read_chunks(bytes, cut);
  return 0;
}
