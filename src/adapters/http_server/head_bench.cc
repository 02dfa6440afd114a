// What does reading a head cost, and what would a second reading by Beast add?
//
// Budget: 0.5 µs for a browser's head. A whole durable hit may cost 1.5 × nginx's logged 204, about 11 µs of CPU, and
// the kernel takes 5 of them. Beast's parser costs 1.5 times the strict check, which has to look at every byte anyway:
// so heads are read once, and Beast takes apart what is rare (chunked bodies).
#include <benchmark/benchmark.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <string_view>

#include "adapters/http_server/head_check.h"

namespace footfall {
namespace {

constexpr std::string_view browser_head =
    "POST /api/event HTTP/1.1\r\n"
    "Host: example.com\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 "
    "Safari/537.36\r\n"
    "Accept: */*\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Accept-Language: en-US,en;q=0.9\r\n"
    "Content-Type: text/plain\r\n"
    "Content-Length: 230\r\n"
    "Origin: https://example.com\r\n"
    "Referer: https://example.com/blog/a-post-about-counting-visitors\r\n"
    "Sec-Fetch-Dest: empty\r\n"
    "Sec-Fetch-Mode: cors\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
    "Connection: keep-alive\r\n"
    "\r\n";

void StrictCheck(benchmark::State& state) {
  Head head;
  for (auto _ : state) {
    benchmark::DoNotOptimize(check_head(browser_head, HeadLimits{}, head));
    benchmark::DoNotOptimize(head);
  }
}
BENCHMARK(StrictCheck);

// As lean as Beast can be used: views into fixed arrays.
class BeastHead final : public boost::beast::http::basic_parser<true> {
 public:
  std::size_t count = 0;

 private:
  using string_view = boost::beast::string_view;
  using error_code = boost::beast::error_code;
  void on_request_impl(boost::beast::http::verb, string_view, string_view, int, error_code&) override {}
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(boost::beast::http::field, string_view name, string_view value, error_code&) override {
    fields_.at(count++) = {{name.data(), name.size()}, {value.data(), value.size()}};
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  std::array<HeaderView, header_count_max> fields_;
};

void BeastParser(benchmark::State& state) {
  for (auto _ : state) {
    BeastHead parser;
    boost::beast::error_code error;
    benchmark::DoNotOptimize(parser.put(boost::asio::buffer(browser_head), error));
    benchmark::DoNotOptimize(parser.count);
  }
}
BENCHMARK(BeastParser);

// A head that comes in 16 pieces is read again from its start with each.
void StrictCheckInPieces(benchmark::State& state) {
  Head head;
  for (auto _ : state) {
    for (std::size_t sixteenth = 1; sixteenth <= 16; ++sixteenth) {
      benchmark::DoNotOptimize(check_head(browser_head.substr(0, browser_head.size() * sixteenth / 16), {}, head));
    }
  }
}
BENCHMARK(StrictCheckInPieces);

}  // namespace
}  // namespace footfall
