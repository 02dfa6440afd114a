// One connection under TLS: what is read and written here is plain, what goes over its descriptor is not.
//
// Never waits. Shakes hands within reading. OpenSSL does the work; it reaches the socket by a BIO of our own, which
// raises no SIGPIPE, knows whether the socket is empty (so that one system call reads a request), and hands out no more
// than a turn's worth of bytes, so that nobody keeps the thread busy with records that carry nothing.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "adapters/http_server/moved.h"

struct ssl_st;      // OpenSSL's SSL
struct bio_st;      // and BIO
struct ssl_ctx_st;  // and SSL_CTX

namespace footfall {

// RFC 8446 §5.1.
inline constexpr std::size_t tls_record_bytes_max = 16'384;

// How handshakes ended. Any thread.
struct TlsTally {
  std::atomic<std::uint64_t> full{0};
  std::atomic<std::uint64_t> resumed{0};  // with a known client, at a tenth of the cost
  std::atomic<std::uint64_t> failed{0};   // began and did not end well; who only connected is not counted
};

// One thread at a time.
class TlsSession {
 public:
  // Does not own the descriptor. `tally` outlives it.
  TlsSession(ssl_ctx_st* context, int descriptor, TlsTally& tally);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  [[nodiscard]] bool is_shaking_hands() const { return !established_; }
  [[nodiscard]] bool reading_waits_to_write() const { return reading_waits_to_write_; }

  // `ended`: the other end has said so, or broken off; which of the two does not matter where bodies are framed.
  Moved read(std::span<char> room);
  // At most one record. After `later`, the next call must begin with the same bytes, and bring no fewer.
  Moved write(std::span<const char> bytes);
  // Sends the closing alert, once. False: not yet, call again. True also when there is nothing more to say.
  bool say_end();

 private:
  // The socket as OpenSSL sees it.
  struct Wire {
    int descriptor;
    bool empty = true;        // as far as is known
    bool paused = false;      // a turn's bytes have been handed out: what looks empty is not
    std::size_t left = 0;     // of the turn
    unsigned char first = 0;  // byte that ever came; 0: none has
  };
  friend struct WireBio;

  MovedState state_after(int result);
  void note_established();

  TlsTally& tally_;
  Wire wire_;
  ssl_st* ssl_;
  bool established_ = false;
  bool broken_ = false;  // OpenSSL must not be asked again
  bool end_said_ = false;
  bool reading_waits_to_write_ = false;
};

}  // namespace footfall
