#include "adapters/http_server/stream.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "adapters/http_server/tls_session.h"

namespace footfall {
namespace {

Moved moved(ssize_t result) {
  if (result > 0) return {MovedState::moved, static_cast<std::size_t>(result)};
  const bool later = result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  return {later ? MovedState::later : MovedState::ended};
}

}  // namespace

Stream::Stream(int descriptor, std::unique_ptr<TlsSession> tls) : descriptor_(descriptor), tls_(std::move(tls)) {}

Stream::~Stream() { close(); }

Stream::Stream(Stream&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), tls_(std::move(other.tls_)) {}

bool Stream::is_shaking_hands() const { return tls_ != nullptr && tls_->is_shaking_hands(); }

Moved Stream::read(std::span<char> room) {
  if (tls_ != nullptr) {
    const Moved read = tls_->read(room);
    if (read.state == State::not_spoken) tls_.reset();
    return read;
  }
  Moved read = moved(::recv(descriptor_, room.data(), room.size(), MSG_DONTWAIT));
  // Less than there was room for: that was all, and what comes now will be told (epoll(7)).
  read.more = read.bytes == room.size();
  return read;
}

Moved Stream::write(std::span<const char> bytes) {
  if (tls_ == nullptr) return moved(::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
  std::size_t written = 0;
  while (written < bytes.size()) {
    const Moved more = tls_->write(bytes.subspan(written));
    if (more.state != State::moved) return written > 0 ? Moved{State::moved, written} : more;
    written += more.bytes;
  }
  return {State::moved, written};
}

Moved Stream::write(std::span<iovec> pieces) {
  if (tls_ == nullptr) {
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    return moved(::sendmsg(descriptor_, &message, MSG_DONTWAIT | MSG_NOSIGNAL));
  }
  const auto& first = pieces.front();
  if (pieces.size() == 1 || first.iov_len >= tls_record_bytes_max) {
    return tls_->write(std::span(static_cast<const char*>(first.iov_base), first.iov_len));
  }
  // Small pieces (a chunk and its frame) become one record. A repetition brings the same bytes first, and no fewer.
  std::array<char, tls_record_bytes_max> record;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  std::size_t filled = 0;
  for (const iovec& piece : pieces) {
    const std::size_t part = std::min(piece.iov_len, record.size() - filled);
    std::memcpy(record.data() + filled, piece.iov_base, part);
    filled += part;
    if (filled == record.size()) break;
  }
  return tls_->write(std::span(record).first(filled));
}

Readiness Stream::meaning_of(Readiness socket) const {
  if (tls_ != nullptr && tls_->reading_waits_to_write()) socket.reads = socket.reads || socket.writes;
  return socket;
}

bool Stream::say_end() { return tls_ == nullptr || tls_->say_end(); }

void Stream::finish_sending() {
  static_cast<void>(say_end());
  ::shutdown(descriptor_, SHUT_WR);
}

void Stream::close() {
  if (descriptor_ < 0) return;
  if (tls_ != nullptr) static_cast<void>(tls_->say_end());
  tls_.reset();
  ::close(std::exchange(descriptor_, -1));
}

void Stream::reset() {
  tls_.reset();
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

}  // namespace footfall
