#include "adapters/http_server/stream.h"

#include <sys/socket.h>

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
  return moved(::recv(socket_.native_handle(), room.data(), room.size(), MSG_DONTWAIT));
}

Stream::Moved Stream::write(std::span<const char> bytes) {
  return moved(::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
}

Stream::Moved Stream::write(std::span<iovec> pieces) {
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  return moved(::sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL));
}

void Stream::finish_sending() {
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Stream::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void Stream::reset() {
  boost::system::error_code ignored;
  socket_.set_option(Socket::linger(true, 0), ignored);
  close();
}

}  // namespace footfall
