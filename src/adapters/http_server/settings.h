// How a server listens, and what it allows. The defaults are the product's limits; tests make them small.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "adapters/http_server/head_check.h"
#include "adapters/http_server/origin_settings.h"
#include "domain/address.h"
#include "domain/limits.h"
#include "ports/http.h"

namespace footfall {

class Tls;

struct HttpServerTimes {
  using Time = std::chrono::milliseconds;

  // How exact the others are: deadlines are looked at this often.
  Time tick{250};
  // From the first byte of a request to the end of its head, and from there to the end of its body. Deadlines: a byte
  // now and then does not move them.
  Time head_read_max = header_read_time_max;
  Time body_read_max = body_read_time_max;
  // From the first byte of a request to its last, whatever the two above.
  Time request_max = request_time_max;
  // From the last byte of a request until its response can be sent: the wait for a query thread, the query, the disk.
  Time answer_max = request_time_max;
  // A connection without a request.
  Time idle_max = idle_time_max;
  // The same once the server stops: longer ago, and the client is not busy; sooner, and its next request may be on its
  // way already, which is then answered as its last one.
  Time idle_when_stopping_max{250};
  // A reader that takes no byte.
  Time write_stall_max = write_stall_time_max;
  // Behind a last response, what the client still sends is read and dropped for so long: closing at once would reset
  // the connection, and the response might be lost with it (RFC 9112 §9.6).
  Time linger_max{2'000};
  // After an error of accept() that is nobody's fault (no descriptors, no memory).
  Time accept_pause{100};
};

struct HttpServerSettings {
  Address address = Address::v4(0x7F000001);  // 127.0.0.1; "::" takes both families
  std::uint16_t port = 0;                     // 0: any free one

  // With it every connection is HTTPS; without, HTTP.
  std::shared_ptr<Tls> tls;  // shared: who reloads the certificate may be someone else
  // Go with every answer over HTTPS that does not bring its own of that name, e.g. strict-transport-security.
  std::vector<Header> secure_headers;

  // One is fastest on two cores: a second costs CPU per request, and the other core belongs to the disk and queries.
  std::size_t network_threads = 1;
  // For requests that may block, and for bodies made piece by piece.
  std::size_t worker_threads = queries_at_once_max;
  std::size_t requests_waiting_max = queries_waiting_max;
  // For what waits for a disk only: a page must not wait behind queries.
  std::size_t file_threads = 2;

  HeadLimits head;
  HttpServerTimes times;
  OriginSettings origins;

  // Fewer if the process may not open so many descriptors (a fifth of those, at least 32, are kept for everything
  // else).
  std::size_t connections_max = footfall::connections_max;
  // IPv6 is counted by /64: that is what one subscriber has.
  std::size_t connections_per_address_max = footfall::connections_per_address_max;
  // Whose connections are not counted by address: a proxy in front of us speaks for many.
  std::function<bool(const Address&)> may_open_many = [](const Address& peer) { return peer.is_loopback(); };

  // What all connections together may hold of requests that are not whole yet: 1 MiB bodies on 10,000 connections would
  // be 10 GB. Beyond it, a request is refused with 503.
  std::size_t unfinished_bytes_max = 256UL * 1'024 * 1'024;
  // What one reader of a live body may be behind.
  std::size_t live_bytes_max = 262'144;
};

}  // namespace footfall
