#include "adapters/http_server/stream.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace footfall {
namespace {

Stream::Moved moved(ssize_t result) {
  if (result > 0) return {Stream::State::moved, static_cast<std::size_t>(result)};
  const bool later = result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  return {later ? Stream::State::later : Stream::State::ended};
}

}  // namespace

Stream::Moved Stream::read(std::span<char> room) {
  return moved(::recv(descriptor_, room.data(), room.size(), MSG_DONTWAIT));
}

Stream::Moved Stream::write(std::span<const char> bytes) {
  return moved(::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
}

Stream::Moved Stream::write(std::span<iovec> pieces) {
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  return moved(::sendmsg(descriptor_, &message, MSG_DONTWAIT | MSG_NOSIGNAL));
}

void Stream::finish_sending() { ::shutdown(descriptor_, SHUT_WR); }

void Stream::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void Stream::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

}  // namespace footfall
