#include "adapters/http_server/chunked_body.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "base/check.h"

namespace footfall {

namespace http = boost::beast::http;
using boost::beast::error_code;

namespace {

// Beast looks for a CR first, and would wait for one.
bool has_bare_line_feed(std::string_view line) {
  for (std::size_t at = line.find('\n'); at != std::string_view::npos; at = line.find('\n', at + 1)) {
    if (at == 0 || line[at - 1] != '\r') return true;
  }
  return false;
}

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; }

}  // namespace

class ChunkedBody::Parser final : public http::basic_parser<true> {
 public:
  explicit Parser(std::size_t body_bytes_max) : body_bytes_max_(body_bytes_max) {
    body_limit(boost::none);  // counted below, in what has really come
    // Beast reads chunks only behind a head. The true one has passed head_check; the shortest one stands in for it.
    constexpr std::string_view head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    error_code error;
    const std::size_t used = put(boost::asio::buffer(head), error);
    FOOTFALL_ASSERT(used == head.size() && !error && chunked());
    in_body_ = true;
  }

  Progress take(std::string_view bytes) {
    Progress progress;
    while (!is_done() && progress.used < bytes.size()) {
      error_code error;
      const std::string_view rest = bytes.substr(progress.used);
      // The shortest ends of a body are "0 CR LF CR LF" and "CR LF 0 CR LF CR LF". Beast asserts that it is not asked
      // about less once it has seen the 0.
      if (chunk_bytes_left_ == 0 && rest.size() < 5) break;
      progress.used += put(boost::asio::buffer(rest), error);
      if (refused_) break;
      if (error == http::error::need_more) {
        const std::string_view line = bytes.substr(progress.used);
        if (line.size() > chunk_line_bytes_max || has_bare_line_feed(line)) refused_ = Refusal::bad_chunk;
        break;
      }
      if (error) {
        refused_ = last_chunk_ ? Refusal::trailer : Refusal::bad_chunk;
        break;
      }
    }
    progress.done = is_done();
    progress.refused = refused_;
    return progress;
  }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  using string_view = boost::beast::string_view;

  void on_request_impl(http::verb, string_view, string_view, int, error_code&) override {}
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(http::field, string_view, string_view, error_code& error) override {
    if (in_body_) refuse(Refusal::trailer, error);
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t size, string_view extension, error_code& error) override {
    // Beast takes line feeds in a quoted value; what reads in front of us may see the end of the line there.
    const bool clean = std::none_of(extension.begin(), extension.end(), is_control);
    if (extension.size() > chunk_line_bytes_max || !clean) return refuse(Refusal::bad_chunk, error);
    if (size > body_bytes_max_ - text_.size()) return refuse(Refusal::body_too_large, error);
    chunk_bytes_left_ = size;
    last_chunk_ = size == 0;
  }
  std::size_t on_chunk_body_impl(std::uint64_t, string_view piece, error_code&) override {
    text_.append(piece.data(), piece.size());
    chunk_bytes_left_ -= piece.size();
    return piece.size();
  }
  void on_finish_impl(error_code&) override {}

  void refuse(Refusal why, error_code& error) {
    refused_ = why;
    error = http::error::bad_chunk;
  }

  std::size_t body_bytes_max_;
  bool in_body_ = false;
  std::uint64_t chunk_bytes_left_ = 0;
  bool last_chunk_ = false;
  std::string text_;
  std::optional<Refusal> refused_;
};

ChunkedBody::ChunkedBody(std::size_t body_bytes_max) : parser_(std::make_unique<Parser>(body_bytes_max)) {}
ChunkedBody::~ChunkedBody() = default;
ChunkedBody::ChunkedBody(ChunkedBody&&) noexcept = default;
ChunkedBody& ChunkedBody::operator=(ChunkedBody&&) noexcept = default;

ChunkedBody::Progress ChunkedBody::take(std::string_view bytes) { return parser_->take(bytes); }
const std::string& ChunkedBody::text() const { return parser_->text(); }

}  // namespace footfall
