#include "adapters/http_server/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "adapters/http_server/response_writer.h"

namespace footfall {
namespace {

using boost::asio::ip::tcp;

// How many are taken in before others of the thread have their turn.
constexpr int taken_at_once = 64;

tcp::endpoint endpoint_of(const Address& address, std::uint16_t port) {
  if (address.is_v4()) {
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), address.bytes().data() + 12, bytes.size());
    return {boost::asio::ip::address_v4(bytes), port};
  }
  return {boost::asio::ip::address_v6(address.bytes()), port};
}

Address address_of(const sockaddr_storage& name) {
  if (name.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &name, sizeof v4);
    return Address::v4(ntohl(v4.sin_addr.s_addr));
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &name, sizeof v6);
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return Address(bytes);
}

Error cannot_listen(const Address& address, std::uint16_t port, const boost::system::error_code& error) {
  ErrorCode code = ErrorCode::failed;
  if (error == boost::asio::error::address_in_use) code = ErrorCode::in_use;
  if (error == boost::asio::error::access_denied) code = ErrorCode::forbidden;
  const std::string host = address.is_v4() ? address.text() : "[" + address.text() + "]";
  return {code, "cannot listen on " + host + ":" + std::to_string(port) + ": " + error.message()};
}

}  // namespace

Listener::Listener(const Executor& executor, const HttpServerSettings& settings, ConnectionLimits& limits, Tally& tally,
                   Adopt adopt)
    : settings_(settings),
      limits_(limits),
      tally_(tally),
      adopt_(std::move(adopt)),
      acceptor_(executor),
      timer_(executor) {
  keep_reserve();
}

Listener::~Listener() {
  if (reserve_ >= 0) ::close(reserve_);
}

Result<Done> Listener::open() {
  const tcp::endpoint endpoint = endpoint_of(settings_.address, settings_.port);
  boost::system::error_code error;
  acceptor_.open(endpoint.protocol(), error);
  // A restart must not wait for the old connections' TIME_WAIT; two servers on one port are still refused.
  if (!error) acceptor_.set_option(Acceptor::reuse_address(true), error);
  if (!error) acceptor_.native_non_blocking(true, error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(Acceptor::max_listen_connections, error);
  if (error) return cannot_listen(settings_.address, settings_.port, error);
  const tcp::endpoint bound = acceptor_.local_endpoint(error);
  if (error) return cannot_listen(settings_.address, settings_.port, error);
  port_ = bound.port();
  return Done{};
}

void Listener::begin() { wait(); }

void Listener::stop() {
  if (!acceptor_.is_open()) return;
  while (take_one() == Taken::one) {
  }
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  timer_.cancel();
}

void Listener::wait() {
  acceptor_.async_wait(Acceptor::wait_read, [this](const boost::system::error_code& error) {
    if (!error) take_all();
  });
}

void Listener::take_all() {
  for (int i = 0; i < taken_at_once; ++i) {
    const Taken taken = take_one();
    if (taken == Taken::none) break;
    if (taken == Taken::failed) return pause();
  }
  wait();
}

void Listener::pause() {
  timer_.expires_after(settings_.times.accept_pause);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && acceptor_.is_open()) wait();
  });
}

Listener::Taken Listener::take_one() {
  sockaddr_storage name{};
  socklen_t name_bytes = sizeof name;
  const int descriptor = ::accept4(acceptor_.native_handle(), reinterpret_cast<sockaddr*>(&name), &name_bytes,
                                   SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return Taken::none;
    // It was closed before we came, or a signal did: the next one may be better.
    if (errno == ECONNABORTED || errno == EINTR) return Taken::one;
    if (errno == EMFILE || errno == ENFILE) drop_waiting();
    return Taken::failed;
  }
  // Another thread may have taken its descriptor while it was given up.
  keep_reserve();
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  tally_.connections_accepted.add(1);
  const Address peer = address_of(name);
  if (const auto refused = limits_.enter(peer)) {
    turn_away(descriptor, *refused);
  } else {
    adopt_(descriptor, peer);
  }
  return Taken::one;
}

// Gives the reserve up for those at the front of the queue.
void Listener::drop_waiting() {
  if (reserve_ < 0) return;
  ::close(std::exchange(reserve_, -1));
  for (int i = 0; i < taken_at_once; ++i) {
    const int descriptor = ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) break;
    ::close(descriptor);
    tally_.connections_accepted.add(1);
    tally_.connections_dropped.add(1);
  }
  keep_reserve();
}

void Listener::keep_reserve() {
  if (reserve_ < 0) reserve_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

// As well as it can be done without waiting: the client's request is read if it is there, as closing with unread bytes
// resets the connection.
void Listener::turn_away(int descriptor, Refusal why) {
  tally_.refusals[static_cast<std::size_t>(why)].add(1);
  // Under TLS nothing can be said without shaking hands first, which is what there is no room for.
  if (settings_.tls != nullptr) {
    ::close(descriptor);
    return;
  }
  tally_.responses[5].add(1);
  const Response response = refusal_response(why, 5);
  const auto& document = std::get<std::string>(response.body);
  DateText date;
  date.refresh();
  std::string text;
  write_head(text, response.status, response.headers, {Framing::length, document.size(), Persistence::close},
             date.text());
  text += document;
  std::array<char, 4'096> unread;
  (void)::recv(descriptor, unread.data(), unread.size(), MSG_DONTWAIT);
  (void)::send(descriptor, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  ::shutdown(descriptor, SHUT_WR);
  ::close(descriptor);
}

}  // namespace footfall
