#include "adapters/http_client/http_client.h"

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <optional>

#include "domain/page.h"

namespace footfall {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr std::uint64_t held_body_bytes_max = 64UL * 1'024 * 1'024;
constexpr std::size_t piece_bytes = 64UL * 1'024;

Error error_of(const boost::system::error_code& problem, const std::string& host) {
  if (problem == beast::error::timeout) return {ErrorCode::timed_out, host + " did not answer in time"};
  if (problem == asio::error::connection_refused || problem == asio::error::host_not_found) {
    return {ErrorCode::unavailable, "nobody answers at " + host + ": " + problem.message()};
  }
  return {ErrorCode::failed, "talking to " + host + " failed: " + problem.message()};
}

class BeastClient : public HttpClient {
 public:
  BeastClient(std::string host, std::string port) : host_(std::move(host)), port_(std::move(port)) {}

  Result<ClientResponse> send(const ClientRequest& request, std::chrono::seconds patience, const Take& take) override {
    const bool reused = stream_.has_value();
    auto response = send_once(request, patience, take);
    // A kept connection may have been closed meanwhile; nothing came back, so a repetition is safe for what is named by
    // ids, and that is all that is sent here.
    if (!response && reused && response.error().code == ErrorCode::failed)
      response = send_once(request, patience, take);
    if (!response) stream_.reset();
    return response;
  }

 private:
  std::string authority() const { return port_ == "80" ? host_ : host_ + ":" + port_; }

  // Runs what was started until it is done.
  boost::system::error_code run(boost::system::error_code& problem) {
    io_.restart();
    io_.run();
    return problem;
  }

  Result<Done> connect(std::chrono::seconds patience) {
    boost::system::error_code problem;
    asio::ip::tcp::resolver resolver(io_);
    const auto endpoints = resolver.resolve(host_, port_, problem);
    if (problem) return error_of(problem, authority());
    stream_.emplace(io_);
    stream_->expires_after(patience);
    stream_->async_connect(endpoints, [&](auto result, const auto&) { problem = result; });
    if (run(problem)) return error_of(problem, authority());
    return Done{};
  }

  Result<ClientResponse> send_once(const ClientRequest& request, std::chrono::seconds patience, const Take& take) {
    if (!stream_) {
      if (auto connected = connect(patience); !connected) return connected.error();
    }
    http::request<http::string_body> message(http::string_to_verb(name_of(request.method)), request.target, 11);
    message.set(http::field::host, authority());
    for (const auto& [name, value] : request.headers) message.set(name, value);
    message.body() = request.body;
    message.prepare_payload();
    boost::system::error_code problem;
    stream_->expires_after(patience);
    http::async_write(*stream_, message, [&](auto result, std::size_t) { problem = result; });
    if (run(problem)) return error_of(problem, authority());
    return receive(patience, take);
  }

  Result<ClientResponse> receive(std::chrono::seconds patience, const Take& take) {
    boost::system::error_code problem;
    beast::flat_buffer buffer;
    http::response_parser<http::buffer_body> parser;
    parser.body_limit(boost::none);
    http::async_read_header(*stream_, buffer, parser, [&](auto result, std::size_t) { problem = result; });
    if (run(problem)) return error_of(problem, authority());
    ClientResponse response;
    response.status = static_cast<int>(parser.get().result_int());
    const bool hand_on = take && response.status / 100 == 2;
    std::array<char, piece_bytes> piece;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    while (!parser.is_done()) {
      parser.get().body().data = piece.data();
      parser.get().body().size = piece.size();
      stream_->expires_after(patience);
      http::async_read_some(*stream_, buffer, parser, [&](auto result, std::size_t) { problem = result; });
      run(problem);
      if (problem == http::error::need_buffer) problem = {};
      if (problem) return error_of(problem, authority());
      const std::string_view got(piece.data(), piece.size() - parser.get().body().size);
      if (hand_on) {
        if (auto taken = take(got); !taken) return taken.error();
      } else {
        response.body.append(got);
        if (response.body.size() > held_body_bytes_max) return Error{ErrorCode::too_large, "the answer is too long"};
      }
    }
    if (!parser.keep_alive()) stream_.reset();
    return response;
  }

  std::string host_;
  std::string port_;
  asio::io_context io_{1};
  std::optional<beast::tcp_stream> stream_;
};

}  // namespace

Result<std::unique_ptr<HttpClient>> HttpClient::make(std::string_view url) {
  constexpr std::string_view scheme = "http://";
  const auto parts = split_url(url);
  if (!parts || !url.starts_with(scheme) || parts->host.empty()) {
    return Error{ErrorCode::invalid, "'" + std::string(url) + "' is not http://HOST:PORT"};
  }
  std::string_view authority = url.substr(scheme.size());
  authority = authority.substr(0, authority.find('/'));
  const std::size_t colon = authority.rfind(':');
  const bool has_port = colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
  std::string host(parts->host);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return std::unique_ptr<HttpClient>(
      std::make_unique<BeastClient>(std::move(host), has_port ? std::string(authority.substr(colon + 1)) : "80"));
}

}  // namespace footfall
