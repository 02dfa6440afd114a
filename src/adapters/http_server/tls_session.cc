#include "adapters/http_server/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "base/check.h"

namespace footfall {
namespace {

// What one read may take from the socket: a few full records.
constexpr std::size_t turn_bytes_max = 65'536;

bool may_try_again() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

// The functions that OpenSSL calls.
struct WireBio {
  static int read(BIO* bio, char* room, std::size_t bytes, std::size_t* got) {
    TlsSession::Wire& wire = *static_cast<TlsSession::Wire*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    *got = 0;
    const std::size_t most = std::min(bytes, wire.left);
    if (most == 0) {
      wire.paused = true;
      BIO_set_retry_read(bio);
      return 0;
    }
    const ssize_t result = ::recv(wire.descriptor, room, most, MSG_DONTWAIT);
    wire.empty = result < static_cast<ssize_t>(most);
    if (result > 0) {
      *got = static_cast<std::size_t>(result);
      wire.left -= *got;
      if (wire.first == 0) wire.first = static_cast<unsigned char>(room[0]);
      return 1;
    }
    if (result < 0 && may_try_again()) BIO_set_retry_read(bio);
    return 0;
  }

  static int write(BIO* bio, const char* bytes, std::size_t count, std::size_t* put) {
    const TlsSession::Wire& wire = *static_cast<const TlsSession::Wire*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    *put = 0;
    const ssize_t result = ::send(wire.descriptor, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (result > 0) {
      *put = static_cast<std::size_t>(result);
      return 1;
    }
    if (result < 0 && may_try_again()) BIO_set_retry_write(bio);
    return 0;
  }

  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static BIO_METHOD* make() {
    BIO_METHOD* const method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "a client's socket");
    FOOTFALL_ASSERT(method != nullptr);
    BIO_meth_set_read_ex(method, read);
    BIO_meth_set_write_ex(method, write);
    BIO_meth_set_ctrl(method, control);
    return method;
  }

  // One for the process; whoever asks first makes it.
  static const BIO_METHOD* method() {
    static BIO_METHOD* const made = make();
    return made;
  }
};

TlsSession::TlsSession(ssl_ctx_st* context, int descriptor, TlsTally& tally)
    : tally_(tally), wire_{.descriptor = descriptor}, ssl_(SSL_new(context)) {
  BIO* const bio = BIO_new(WireBio::method());
  FOOTFALL_ASSERT(ssl_ != nullptr && bio != nullptr);  // no memory for it: there is none for anything
  BIO_set_data(bio, &wire_);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_accept_state(ssl_);
}

TlsSession::~TlsSession() {
  if (!established_ && wire_.first != 0) tally_.failed.fetch_add(1, std::memory_order_relaxed);
  SSL_free(ssl_);
}

Moved TlsSession::read(std::span<char> room) {
  if (broken_) return {MovedState::ended};
  wire_.left = turn_bytes_max;
  wire_.paused = false;
  // More may have come since it was found empty: only finding it so now says that news will be told.
  wire_.empty = false;
  reading_waits_to_write_ = false;
  std::size_t got = 0;
  while (true) {
    ERR_clear_error();
    std::size_t bytes = 0;
    const int result = SSL_read_ex(ssl_, room.data() + got, room.size() - got, &bytes);
    note_established();
    if (result != 1) {
      const MovedState state = state_after(result);
      // What came before an end is told first, and the end when it is asked for again.
      if (got == 0) return {state, 0, wire_.paused};
      return {MovedState::moved, got, state == MovedState::ended || wire_.paused};
    }
    got += bytes;
    const bool more = SSL_has_pending(ssl_) == 1 || !wire_.empty;
    if (!more || got == room.size()) return {MovedState::moved, got, more};
  }
}

Moved TlsSession::write(std::span<const char> bytes) {
  if (broken_) return {MovedState::ended};
  ERR_clear_error();
  std::size_t written = 0;
  const int result = SSL_write_ex(ssl_, bytes.data(), std::min(bytes.size(), tls_record_bytes_max), &written);
  if (result == 1) return {MovedState::moved, written};
  const bool reading_waited = reading_waits_to_write_;
  const MovedState state = state_after(result);
  reading_waits_to_write_ = reading_waited;
  return {state};
}

bool TlsSession::say_end() {
  if (end_said_ || broken_ || !established_) return true;
  ERR_clear_error();
  const int result = SSL_shutdown(ssl_);
  if (result < 0 && SSL_get_error(ssl_, result) == SSL_ERROR_WANT_WRITE) return false;
  end_said_ = true;
  ERR_clear_error();
  return true;
}

MovedState TlsSession::state_after(int result) {
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_WRITE:
      reading_waits_to_write_ = true;
      return MovedState::later;
    case SSL_ERROR_WANT_READ:
      return MovedState::later;
    case SSL_ERROR_ZERO_RETURN:
      return MovedState::ended;
    default:
      break;
  }
  broken_ = true;
  // Errors stay with the thread; the next connection must not find them.
  ERR_clear_error();
  // A record begins with a small number, a request with a letter.
  const bool speaks_http = !established_ && wire_.first >= 'A' && wire_.first <= 'Z';
  return speaks_http ? MovedState::not_spoken : MovedState::ended;
}

void TlsSession::note_established() {
  if (established_ || SSL_is_init_finished(ssl_) != 1) return;
  established_ = true;
  std::atomic<std::uint64_t>& count = SSL_session_reused(ssl_) == 1 ? tally_.resumed : tally_.full;
  count.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace footfall
