// The HTTP server: gives requests from the network to a handler, and sends its responses when they may be sent.
//
// HTTP/1.1 and 1.0 with keep-alive and pipelining. Requests are read strictly (head_check.h) and within bounds of size
// and time (settings.h); what is wrong with one, the server answers itself (refusal.h). A response that acknowledges
// something in the journal (Response::after) waits until that is on disk (gate.h). Nothing a client does is logged: the
// counters tell.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "adapters/http_server/counters.h"
#include "adapters/http_server/settings.h"
#include "base/result.h"
#include "domain/address.h"
#include "ports/http.h"
#include "ports/journal.h"

namespace footfall {

class HttpServer {
 public:
  // Listens and begins to answer.
  //   handler, journal   must outlive the server. `handle` is called on network threads, and on workers for requests
  //                      that were admitted with may_block
  //   errors             in_use, forbidden (the port), failed: one sentence for a person says what and why
  static Result<std::unique_ptr<HttpServer>> start(const HttpServerSettings& settings, HttpHandler& handler,
                                                   Journal& journal);
  // Stops without patience.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Where it listens; the port is a true one also if any was asked for.
  [[nodiscard]] Address address() const;
  [[nodiscard]] std::uint16_t port() const;

  // Listens no more, answers what is under way with "Connection: close", and returns when all connections are closed,
  // or after `patience`, when it has closed the others. Live bodies and idle connections end at once. Handlers that are
  // blocked are waited for. Any thread but a handler's; again is harmless.
  void stop(std::chrono::milliseconds patience);

  // Any thread.
  [[nodiscard]] HttpServerCounters counters() const;

 private:
  struct Parts;
  explicit HttpServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace footfall
