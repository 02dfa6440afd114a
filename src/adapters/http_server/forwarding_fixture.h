// What the tests of forwarding speak: an origin that does what the test says, line by line, on true sockets.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "adapters/http_server/http_server_fixture.h"

namespace footfall {

// The origin's end of a connection from the server.
class OriginSide {
 public:
  explicit OriginSide(int socket) : end_(Client::Accepted{socket}) {}

  // The head of the next request, with its empty line; "" if none comes.
  std::string head(std::chrono::milliseconds wait = Client::patience) {
    std::size_t end = 0;
    while ((end = end_.unread().find("\r\n\r\n")) == std::string::npos) {
      if (!end_.receive(wait)) return "";
    }
    std::string head = end_.unread().substr(0, end + 4);
    end_.unread().erase(0, end + 4);
    return head;
  }
  std::string body(std::size_t bytes) {
    while (end_.unread().size() < bytes && end_.receive()) {
    }
    std::string body = end_.unread().substr(0, bytes);
    end_.unread().erase(0, bytes);
    return body;
  }
  // All that comes until `end` has come.
  std::string until(std::string_view end) {
    while (end_.unread().find(end) == std::string::npos && end_.receive()) {
    }
    return std::exchange(end_.unread(), {});
  }
  bool send(std::string_view text) { return end_.send(text); }
  void answer(std::string_view body, std::string_view more = "") {
    send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string(more) + "\r\n" +
         std::string(body));
  }
  void close() { end_.leave(); }
  void reset() { end_.reset(); }
  void finish_sending() { end_.finish_sending(); }
  // The server has ended the connection, or does so soon.
  bool is_left() { return end_.ends_within(Client::patience); }
  bool is_quiet_for(std::chrono::milliseconds wait) { return end_.quiet_for(wait); }
  Client& raw() { return end_; }

 private:
  Client end_;
};

class Listening {
 public:
  explicit Listening(int backlog = 64) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof address;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), bytes), 0);
    EXPECT_EQ(::listen(socket_, backlog), 0);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &bytes);
    port_ = ntohs(address.sin_port);
  }
  ~Listening() { stop(); }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  void stop() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  [[nodiscard]] bool somebody_comes_within(std::chrono::milliseconds wait) const {
    pollfd ready{socket_, POLLIN, 0};
    return ::poll(&ready, 1, static_cast<int>(wait.count())) > 0;
  }
  OriginSide accept() {
    EXPECT_TRUE(somebody_comes_within(Client::patience)) << "the server asks nobody";
    return OriginSide(::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC));
  }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

// All paths but /well and /own go to the origin.
class ForwardingTest : public HttpServerTest {
 protected:
  ForwardingTest() {
    handler.admitting = [](const Request& request) {
      return request.path == "/well" ? Admission{} : Admission{0, false, 0, false, BodyMode::streamed};
    };
    handler.handling = [this](const Request& request) {
      return request.path == "/well" || request.path == "/own" ? text_response(200, "mine") : forward(request);
    };
  }

  // The handler is this fixture's, and may be called for as long as there is a server.
  ~ForwardingTest() override { server.reset(); }

  Response forward(const Request& request) {
    auto forwarded = std::make_unique<ForwardedRequest>();
    forwarded->origin = std::make_shared<Origin>(host, port != 0 ? port : origin.port());
    forwarded->method = request.method;
    forwarded->upgrade = request.upgrade;
    forwarded->target = std::string(request.path);
    if (request.query.data() != nullptr) forwarded->target += "?" + std::string(request.query);
    for (const HeaderView& header : request.headers) {
      const bool frames = belongs_to_connection(header.name) || equals_ignoring_case(header.name, "content-length") ||
                          equals_ignoring_case(header.name, "expect");
      if (!frames) forwarded->headers.push_back({header.name, std::string(header.value)});
    }
    forwarded->on_head = on_head;
    forwarded->on_failure = [](ForwardFailure why) {
      switch (why) {
        case ForwardFailure::unreachable:
          return text_response(502, "unreachable");
        case ForwardFailure::broken:
          return text_response(502, "broken");
        case ForwardFailure::too_slow:
          return text_response(504, "too slow");
        case ForwardFailure::busy:
          return text_response(503, "busy");
      }
      return text_response(500, "");
    };
    Response response;
    response.body = std::move(forwarded);
    return response;
  }

  // One whole exchange, so that a connection to the origin is kept.
  OriginSide warm_up(Client& client) {
    client.send(get("/warm"));
    OriginSide side = origin.accept();
    EXPECT_NE(side.head(), "");
    side.answer("warm");
    const auto reply = client.read();
    EXPECT_TRUE(reply && reply->body == "warm");
    return side;
  }

  Listening origin;
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: that of `origin`
  std::function<std::optional<Position>(ForwardedHead&)> on_head;
};

}  // namespace footfall
