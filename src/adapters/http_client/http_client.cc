#include "adapters/http_client/http_client.h"

#include <sys/socket.h>

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
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

struct Server {
  std::string host;
  std::string port;
  bool secure = false;
  ServerProof proof = ServerProof::certificate;
};

class BeastClient : public HttpClient {
 public:
  explicit BeastClient(Server server) : server_(std::move(server)) {
    if (!server_.secure) return;
    boost::system::error_code ignored;  // without authorities nobody is trusted, and that is said then
    tls_.set_default_verify_paths(ignored);
  }

  Result<ClientResponse> send(const ClientRequest& request, std::chrono::seconds patience, const Take& take) override {
    if (is_open() && has_ended()) leave();
    const bool reused = is_open();
    auto response = send_once(request, patience, take);
    // A kept connection may have been closed while the request was on its way.
    if (!response && reused && request.repeatable && response.error().code == ErrorCode::failed) {
      leave();
      response = send_once(request, patience, take);
    }
    if (!response) leave();
    return response;
  }

 private:
  using SecureStream = asio::ssl::stream<beast::tcp_stream>;

  [[nodiscard]] std::string authority() const {
    return server_.port == (server_.secure ? "443" : "80") ? server_.host : server_.host + ":" + server_.port;
  }

  [[nodiscard]] bool is_open() const { return plain_.has_value() || secure_.has_value(); }

  // Nobody may send on a kept connection that has asked for nothing: whatever can be read is the end of it.
  bool has_ended() {
    char next = 0;
    return ::recv(socket().socket().native_handle(), &next, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
  }

  void leave() {
    secure_.reset();
    plain_.reset();
  }

  // Calls `use` with the stream that there is.
  template <typename F>
  void with_stream(F&& use) {
    if (secure_) {
      use(*secure_);
    } else {
      use(*plain_);
    }
  }
  beast::tcp_stream& socket() { return secure_ ? secure_->next_layer() : *plain_; }

  // Runs what was started until it is done.
  boost::system::error_code run(boost::system::error_code& problem) {
    io_.restart();
    io_.run();
    return problem;
  }

  Result<Done> connect(std::chrono::seconds patience) {
    boost::system::error_code problem;
    asio::ip::tcp::resolver resolver(io_);
    const auto endpoints = resolver.resolve(server_.host, server_.port, problem);
    if (problem) return error_of(problem, authority());
    if (server_.secure) {
      secure_.emplace(io_, tls_);
    } else {
      plain_.emplace(io_);
    }
    socket().expires_after(patience);
    socket().async_connect(endpoints, [&](auto result, const auto&) { problem = result; });
    if (run(problem)) return error_of(problem, authority());
    if (server_.secure) return shake_hands();
    return Done{};
  }

  Result<Done> shake_hands() {
    boost::system::error_code problem;
    if (server_.proof == ServerProof::certificate) {
      secure_->set_verify_mode(asio::ssl::verify_peer, problem);
      if (!problem) secure_->set_verify_callback(asio::ssl::host_name_verification(server_.host), problem);
      if (problem) return error_of(problem, authority());
    }
    SSL_set_tlsext_host_name(secure_->native_handle(), server_.host.c_str());
    secure_->async_handshake(asio::ssl::stream_base::client, [&](auto result) { problem = result; });
    if (!run(problem)) return Done{};
    // What is expired or for another host is told by OpenSSL itself, or by the check of the name, which leaves no word.
    const long why = SSL_get_verify_result(secure_->native_handle());
    if (server_.proof == ServerProof::certificate && problem.category() == asio::error::get_ssl_category()) {
      return Error{ErrorCode::forbidden,
                   "the certificate of " + authority() + " is not to be trusted: " +
                       (why == X509_V_OK ? "it is for another host" : X509_verify_cert_error_string(why))};
    }
    return error_of(problem, authority());
  }

  Result<ClientResponse> send_once(const ClientRequest& request, std::chrono::seconds patience, const Take& take) {
    if (!is_open()) {
      if (auto connected = connect(patience); !connected) return connected.error();
    }
    http::request<http::string_body> message(http::string_to_verb(name_of(request.method)), request.target, 11);
    message.set(http::field::host, authority());
    for (const auto& [name, value] : request.headers) message.set(name, value);
    message.body() = request.body;
    message.prepare_payload();
    boost::system::error_code problem;
    socket().expires_after(patience);
    with_stream(
        [&](auto& stream) { http::async_write(stream, message, [&](auto result, std::size_t) { problem = result; }); });
    if (run(problem)) return error_of(problem, authority());
    return receive(patience, take);
  }

  Result<ClientResponse> receive(std::chrono::seconds patience, const Take& take) {
    boost::system::error_code problem;
    beast::flat_buffer buffer;
    http::response_parser<http::buffer_body> parser;
    parser.body_limit(boost::none);
    with_stream([&](auto& stream) {
      http::async_read_header(stream, buffer, parser, [&](auto result, std::size_t) { problem = result; });
    });
    if (run(problem)) return error_of(problem, authority());
    ClientResponse response;
    response.status = static_cast<int>(parser.get().result_int());
    for (const auto& field : parser.get()) response.headers.emplace_back(field.name_string(), field.value());
    const bool hand_on = take && response.status / 100 == 2;
    std::array<char, piece_bytes> piece;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    while (!parser.is_done()) {
      parser.get().body().data = piece.data();
      parser.get().body().size = piece.size();
      socket().expires_after(patience);
      with_stream([&](auto& stream) {
        http::async_read_some(stream, buffer, parser, [&](auto result, std::size_t) { problem = result; });
      });
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
    if (!parser.keep_alive()) leave();
    return response;
  }

  const Server server_;
  asio::io_context io_{1};
  asio::ssl::context tls_{asio::ssl::context::tls_client};
  std::optional<beast::tcp_stream> plain_;
  std::optional<SecureStream> secure_;
};

}  // namespace

Result<std::unique_ptr<HttpClient>> HttpClient::make(std::string_view url, ServerProof proof) {
  const bool secure = url.starts_with("https://");
  const auto parts = split_url(url);
  if (!parts || !(secure || url.starts_with("http://")) || parts->host.empty()) {
    return Error{ErrorCode::invalid, "'" + std::string(url) + "' is not http://HOST:PORT or https://HOST:PORT"};
  }
  std::string_view authority = url.substr(url.find("//") + 2);
  authority = authority.substr(0, authority.find('/'));
  const std::size_t colon = authority.rfind(':');
  const bool has_port = colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
  std::string host(parts->host);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  std::string port = has_port ? std::string(authority.substr(colon + 1)) : secure ? "443" : "80";
  return std::unique_ptr<HttpClient>(
      std::make_unique<BeastClient>(Server{std::move(host), std::move(port), secure, proof}));
}

}  // namespace footfall
