// One client's TCP connection: reads and writes that never wait, and waits for when they can go on.
//
// Reading and writing are plain system calls. Asio's own reads begin with one that mostly finds nothing, and its
// composed operations allocate; what Asio does here is to wait. TLS, when it comes, is another class of this shape.
#pragma once

#include <sys/uio.h>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <span>
#include <utility>

namespace footfall {

// One thread: that of the io_context.
class Stream {
 public:
  using Executor = boost::asio::io_context::executor_type;
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

  explicit Stream(Socket socket) : socket_(std::move(socket)) {}

  enum class State {
    moved,  // `bytes` bytes, at least one
    later,  // nothing now: wait
    ended,  // the other end has finished, or the connection is broken
  };
  struct Moved {
    State state;
    std::size_t bytes = 0;
  };
  Moved read(std::span<char> room);
  Moved write(std::span<iovec> pieces);
  Moved write(std::span<const char> bytes);

  // Calls `handler(error)` once there is something to read, or the connection is closed.
  template <typename Handler>
  void wait_to_read(Handler handler) {
    socket_.async_wait(Socket::wait_read, std::move(handler));
  }
  template <typename Handler>
  void wait_to_write(Handler handler) {
    socket_.async_wait(Socket::wait_write, std::move(handler));
  }

  // Says that nothing more will be sent.
  void finish_sending();
  void close();
  // Closes so that the other end sees a failure and not an end.
  void reset();

 private:
  Socket socket_;
};

}  // namespace footfall
