// What the server's tests speak: a server with a handler made of lambdas, and a client that counts bytes.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/http_server/http_server.h"
#include "base/text.h"
#include "testing/fake_clock.h"
#include "testing/memory_journal.h"

namespace footfall {

using namespace std::chrono_literals;

// A response as the client sees it.
struct Reply {
  int status = 0;
  std::string head;
  std::string body;

  [[nodiscard]] std::string header(std::string_view name) const {
    for (std::size_t at = head.find("\r\n"); at != std::string::npos && at + 2 < head.size();) {
      const std::size_t end = head.find("\r\n", at + 2);
      const std::string_view line = std::string_view(head).substr(at + 2, end - at - 2);
      const std::size_t colon = line.find(':');
      if (equals_ignoring_case(line.substr(0, colon), name)) return std::string(trim(line.substr(colon + 1)));
      at = end;
    }
    return "";
  }
  // The `code` of a problem document.
  [[nodiscard]] std::string code() const {
    const std::size_t at = body.find(R"("code":")");
    return at == std::string::npos ? "" : body.substr(at + 8, body.find('"', at + 8) - at - 8);
  }
};

// A connection to the server. Nothing waits longer than `patience`.
class Client {
 public:
  static constexpr auto patience = 20s;

  // The other end of one that came in: an origin's.
  struct Accepted {
    int socket;
  };
  explicit Client(Accepted accepted) : socket_(accepted.socket), connected_(accepted.socket >= 0) {}
  explicit Client(std::uint16_t port, int receive_buffer_bytes = 0) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer_bytes > 0) {
      ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  virtual ~Client() { leave(); }
  Client(Client&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), connected_(other.connected_), unread_(std::move(other.unread_)) {}
  Client& operator=(Client&&) = delete;

  [[nodiscard]] bool connected() const { return connected_; }

  // False if the server takes no more.
  bool send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = put(text);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void finish_sending() { ::shutdown(socket_, SHUT_WR); }
  // As a process that dies.
  void reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    leave();
  }
  void leave() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }

  // Waits for more bytes: false at the end of the connection, or if none came.
  bool receive(std::chrono::milliseconds wait = patience) {
    pollfd ready{socket_, POLLIN, 0};
    if (!has_some() && ::poll(&ready, 1, static_cast<int>(wait.count())) <= 0) return false;
    char bytes[65'536];
    const ssize_t got = take(bytes);
    if (got <= 0) {
      ended_ = true;
      reset_ = got < 0;
      return false;
    }
    unread_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

  // Whether nothing comes for a while, and the connection stays.
  bool quiet_for(std::chrono::milliseconds wait) { return unread_.empty() && !receive(wait) && !ended_; }
  bool ends_within(std::chrono::milliseconds wait) {
    const auto until = std::chrono::steady_clock::now() + wait;
    while (!ended_ && std::chrono::steady_clock::now() < until) {
      receive(std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()));
    }
    return ended_;
  }
  [[nodiscard]] bool was_reset() const { return reset_; }
  std::string& unread() { return unread_; }

  // The head of the next response, with its empty line.
  std::optional<Reply> read_head(std::chrono::milliseconds wait = patience) {
    std::size_t end = 0;
    while ((end = unread_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive(wait)) return std::nullopt;
    }
    Reply reply;
    reply.head = unread_.substr(0, end + 4);
    unread_.erase(0, end + 4);
    reply.status = std::stoi(reply.head.substr(9, 3));
    return reply;
  }
  // The next response, its body as the head frames it.
  std::optional<Reply> read(std::chrono::milliseconds wait = patience, bool to_head_request = false) {
    auto reply = read_head(wait);
    if (!reply || to_head_request || reply->status == 204 || reply->status == 304 || reply->status < 200) return reply;
    const std::string length = reply->header("content-length");
    if (!length.empty()) {
      reply->body = take(std::stoul(length), wait);
    } else if (reply->header("transfer-encoding") == "chunked") {
      while (const auto piece = read_chunk(wait)) {
        if (piece->empty()) break;
        reply->body += *piece;
      }
    } else {
      while (receive(wait)) {
      }
      reply->body = std::exchange(unread_, {});
    }
    return reply;
  }
  // The next chunk's data; "" is the last.
  std::optional<std::string> read_chunk(std::chrono::milliseconds wait = patience) {
    std::size_t end = 0;
    while ((end = unread_.find("\r\n")) == std::string::npos) {
      if (!receive(wait)) return std::nullopt;
    }
    const std::size_t bytes = std::stoul(unread_.substr(0, end), nullptr, 16);
    unread_.erase(0, end + 2);
    std::string data = take(bytes + 2, wait);
    if (data.size() < bytes + 2) return std::nullopt;
    data.resize(bytes);
    return data;
  }

  std::optional<Reply> ask(std::string_view request) {
    send(request);
    return read();
  }

 protected:
  [[nodiscard]] int descriptor() const { return socket_; }
  // What goes over the socket, for a client that speaks something in between.
  virtual ssize_t put(std::string_view text) { return ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL); }
  virtual ssize_t take(std::span<char> room) { return ::recv(socket_, room.data(), room.size(), 0); }
  // Whether some of it can be taken without asking the socket.
  virtual bool has_some() { return false; }

 private:
  std::string take(std::size_t bytes, std::chrono::milliseconds wait) {
    while (unread_.size() < bytes && receive(wait)) {
    }
    std::string taken = unread_.substr(0, bytes);
    unread_.erase(0, bytes);
    return taken;
  }

  int socket_;
  bool connected_ = false;
  bool ended_ = false;
  bool reset_ = false;
  std::string unread_;
};

// Says what it was asked, unless a test teaches it something else.
class TaughtHandler final : public HttpHandler {
 public:
  std::function<Admission(const Request&)> admitting = [](const Request&) { return Admission{1'048'576, false, 0}; };
  std::function<Response(const Request&)> handling = [](const Request& request) {
    Response response;
    response.body = std::string(name_of(request.method)) + " " + std::string(request.path) + "?" +
                    std::string(request.query) + " " + std::string(request.body);
    return response;
  };
  std::atomic<int> handled{0};

  Admission admit(const Request& request) override { return admitting(request); }
  Response handle(const Request& request) override {
    ++handled;
    return handling(request);
  }
};

class HttpServerTest : public testing::Test {
 protected:
  HttpServerTest() { settings.times.tick = 10ms; }

  void start() {
    auto started = HttpServer::start(settings, handler, journal);
    ASSERT_TRUE(started) << started.error().what;
    server = *std::move(started);
  }
  Client connect(int receive_buffer_bytes = 0) { return Client(server->port(), receive_buffer_bytes); }
  // A server that has seen whatever the test did still answers.
  void expect_well() {
    Client client = connect();
    const auto reply = client.ask("GET /well HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status / 100, 2);
  }
  std::uint64_t refusals(Refusal why) const { return server->counters().refusals[static_cast<std::size_t>(why)]; }
  // Waits for something that comes by itself.
  template <typename F>
  static bool soon(F&& is_true) {
    for (const auto until = std::chrono::steady_clock::now() + Client::patience;
         std::chrono::steady_clock::now() < until; std::this_thread::sleep_for(2ms)) {
      if (is_true()) return true;
    }
    return false;
  }

  FakeClock clock;
  MemoryJournal journal{clock};
  TaughtHandler handler;
  HttpServerSettings settings;
  std::unique_ptr<HttpServer> server;
};

inline std::string get(std::string_view path, std::string_view more = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: example.com\r\n" + std::string(more) + "\r\n";
}
inline std::string post(std::string_view path, std::string_view body) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: example.com\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

inline Response text_response(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

}  // namespace footfall
