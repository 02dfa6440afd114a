// One client's TCP connection, plain or under TLS: reads and writes that never wait.
//
// Plain system calls: Asio's own reads begin with one that mostly finds nothing, and its composed operations allocate.
// When they can go on, ready_set.h tells. TLS shakes hands within the first reads (tls_session.h).
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <span>

#include "adapters/http_server/moved.h"
#include "adapters/http_server/ready_set.h"

namespace footfall {

class TlsSession;

// One thread at a time.
class Stream {
 public:
  // Takes over a connected, non-blocking descriptor. With a session of that descriptor, all goes through it.
  explicit Stream(int descriptor, std::unique_ptr<TlsSession> tls = nullptr);
  ~Stream();
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream&&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] bool is_secure() const { return tls_ != nullptr; }
  // Nothing can be asked or answered yet.
  [[nodiscard]] bool is_shaking_hands() const;

  using State = MovedState;
  using Moved = footfall::Moved;
  // `not_spoken` leaves a plain connection, so that the client can be told in words that it understands.
  Moved read(std::span<char> room);
  Moved write(std::span<iovec> pieces);
  Moved write(std::span<const char> bytes);

  // What the connection can do, when its socket can do this: under TLS, reading may have to write.
  [[nodiscard]] Readiness meaning_of(Readiness socket) const;

  // Says within TLS that nothing more will be sent: without that, an end could be a stranger's doing (RFC 8446 §6.1).
  // False: it does not go out yet, so call again when the connection can write.
  bool say_end();
  // Says that nothing more will be sent.
  void finish_sending();
  void close();
  // Closes so that the other end sees a failure and not an end.
  void reset();

 private:
  int descriptor_;
  std::unique_ptr<TlsSession> tls_;
};

}  // namespace footfall
