// HTTPS: a certificate with its key, and the rules by which connections are encrypted with them.
//
// TLS 1.2 and 1.3 by Mozilla's "intermediate" choice of ciphers and curves, HTTP/1.1 by ALPN, no renegotiation, no
// compression, no early data. Who comes back resumes by a ticket; the keys of tickets are replaced twice a day, and
// nothing is stored for a client. Any name is answered with the one certificate: which site is meant, the Host header
// says.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http_server/tls_identity.h"
#include "adapters/http_server/tls_session.h"
#include "base/guarded.h"
#include "base/result.h"

namespace footfall {

struct TlsFiles {
  std::string certificate;  // PEM: the server's own first, then those between it and the root
  std::string key;          // PEM, not encrypted
};

// How handshakes ended.
struct TlsCounters {
  std::uint64_t full = 0;
  std::uint64_t resumed = 0;
  std::uint64_t failed = 0;
};

// Any thread. Outlives its sessions.
class Tls {
 public:
  // Errors: not_found, forbidden, failed (a file cannot be read), invalid (not what it should be, or the key is that of
  // another certificate): one sentence says which file and why.
  static Result<std::shared_ptr<Tls>> load(const TlsFiles& files);
  ~Tls();
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  // Reads the files again: new connections get what they hold now. Error: as `load`, and all stays as it was.
  Result<Done> reload();

  // What a person should look at, each in one line: out of date, not yet good, readable for everyone.
  [[nodiscard]] std::vector<std::string> warnings(std::chrono::system_clock::time_point now) const;
  // Whom the certificate names, and until when it is good.
  [[nodiscard]] std::string description() const;
  [[nodiscard]] std::chrono::sys_seconds good_until() const;

  // Begins TLS, as the server, on a connected descriptor.
  std::unique_ptr<TlsSession> accept(int descriptor);
  [[nodiscard]] TlsCounters counters() const;

 private:
  struct State {
    TlsIdentity identity;
    std::shared_ptr<ssl_ctx_st> context;  // shared: of connections, and of whoever makes the next
    std::chrono::steady_clock::time_point made;
  };
  explicit Tls(TlsFiles files) : files_(std::move(files)) {}
  static Result<State> read(const TlsFiles& files);

  const TlsFiles files_;
  Guarded<State> state_;
  TlsTally tally_;
};

}  // namespace footfall
