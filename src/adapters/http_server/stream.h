// One client's TCP connection: reads and writes that never wait.
//
// Plain system calls: Asio's own reads begin with one that mostly finds nothing, and its composed operations allocate.
// When they can go on, ready_set.h tells. TLS, when it comes, is another class of this shape.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <utility>

namespace footfall {

// One thread at a time.
class Stream {
 public:
  // Takes over a connected, non-blocking descriptor.
  explicit Stream(int descriptor) : descriptor_(descriptor) {}
  ~Stream() { close(); }
  Stream(Stream&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Stream& operator=(Stream&&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }

  enum class State {
    moved,  // `bytes` bytes, at least one
    later,  // nothing now: wait to be told
    ended,  // the other end has finished, or the connection is broken
  };
  struct Moved {
    State state;
    std::size_t bytes = 0;
  };
  Moved read(std::span<char> room);
  Moved write(std::span<iovec> pieces);
  Moved write(std::span<const char> bytes);

  // Says that nothing more will be sent.
  void finish_sending();
  void close();
  // Closes so that the other end sees a failure and not an end.
  void reset();

 private:
  int descriptor_;
};

}  // namespace footfall
