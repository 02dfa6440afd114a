#include "adapters/http_server/origin_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "adapters/http_server/network_thread.h"
#include "adapters/http_server/origin_pool.h"

namespace footfall {
namespace {

struct SocketName {
  sockaddr_storage storage{};
  socklen_t bytes = 0;
};

SocketName name_of(const Address& address, std::uint16_t port) {
  SocketName name;
  if (address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, address.bytes().data() + 12, 4);
    std::memcpy(&name.storage, &v4, sizeof v4);
    name.bytes = sizeof v4;
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&v6.sin6_addr, address.bytes().data(), 16);
    std::memcpy(&name.storage, &v6, sizeof v6);
    name.bytes = sizeof v6;
  }
  return name;
}

bool is_for_later(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

OriginConnection::OriginConnection(OriginPool& pool, OriginUser& user, std::vector<Address> addresses,
                                   std::uint16_t port)
    : pool_(pool), addresses_(std::move(addresses)), port_(port), user_(&user) {
  connect();
}

OriginConnection::~OriginConnection() {
  close();
  pool_.thread().ready().forget(*this);
}

// Begins with the next address that does not refuse at once. False: there is none.
bool OriginConnection::connect() {
  close();
  while (next_address_ < addresses_.size()) {
    if (begin_to_connect(addresses_[next_address_++])) {
      state_ = State::connecting;
      began_ = pool_.thread().now();
      return true;
    }
    close();
  }
  state_ = State::failed;
  return false;
}

bool OriginConnection::begin_to_connect(const Address& address) {
  const SocketName name = name_of(address, port_);
  descriptor_ = ::socket(name.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) {
    lacks_descriptor_ = errno == EMFILE || errno == ENFILE;
    return false;
  }
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // A tunnel may be silent for long: a peer that is gone without a word is found out by the kernel.
  ::setsockopt(descriptor_, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&name.storage), name.bytes) != 0 &&
      errno != EINPROGRESS) {
    return false;
  }
  can_read_ = can_write_ = ended_ = false;
  // Only now: a socket that does not connect yet would be told as broken.
  return pool_.thread().ready().add(descriptor_, *this);
}

void OriginConnection::on_ready(Readiness readiness) {
  if (state_ == State::connecting) {
    if (!readiness.writes) return;
    int error = 0;
    socklen_t bytes = sizeof error;
    if (::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &bytes) != 0 || error != 0) {
      if (connect()) return;
      return user_->on_origin();
    }
    state_ = State::open;
    pool_.connected(addresses_[next_address_ - 1]);
  }
  can_read_ = can_read_ || readiness.reads;
  can_write_ = can_write_ || readiness.writes;
  ended_ = ended_ || readiness.ended;
  if (user_ != nullptr) return user_->on_origin();
  // An idle connection has nothing to say.
  if (can_read_ && !is_quiet(true)) pool_.close_idle(*this);
}

OriginConnection::Moved OriginConnection::read(std::span<char> room) {
  const ssize_t got = ::recv(descriptor_, room.data(), room.size(), MSG_DONTWAIT);
  if (got > 0) {
    // Less than there was room for: that was all, and what comes now will be told (epoll(7)); an end will not.
    can_read_ = static_cast<std::size_t>(got) == room.size() || ended_;
    return {Result::moved, static_cast<std::size_t>(got)};
  }
  if (got < 0 && is_for_later(errno)) {
    can_read_ = false;
    return {Result::later};
  }
  return {got == 0 ? Result::ended : Result::broken};
}

OriginConnection::Moved OriginConnection::write(std::string_view bytes) {
  const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent >= 0) return {Result::moved, static_cast<std::size_t>(sent)};
  if (!is_for_later(errno)) return {Result::broken};
  can_write_ = false;
  return {Result::later};
}

void OriginConnection::finish_sending() { ::shutdown(descriptor_, SHUT_WR); }

bool OriginConnection::is_quiet(bool ask) {
  if (!ended_ && !can_read_ && !ask) return true;
  char byte = 0;
  const ssize_t got = ::recv(descriptor_, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
  const bool quiet = got < 0 && is_for_later(errno);
  if (quiet) can_read_ = false;
  return quiet;
}

void OriginConnection::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

// With a reset.
void OriginConnection::abort() {
  if (descriptor_ < 0) return;
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

}  // namespace footfall
