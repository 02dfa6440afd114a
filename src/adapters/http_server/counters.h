// What a server has done since it started, as numbers for /metrics.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "adapters/http_server/refusal.h"

namespace footfall {

struct HttpServerCounters {
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_open = 0;
  std::uint64_t connections_dropped = 0;     // accepted and closed at once, because no descriptor was left for them
  std::uint64_t requests = 0;                // given to the handler
  std::array<std::uint64_t, 6> responses{};  // by the first digit of the status; [0] and [1] stay 0
  RefusalCounts refusals{};                  // answers of the server itself, by reason; they are among the responses
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t unfinished_bytes = 0;  // held of requests that are not whole yet
  // Origins' answers by the first digit of their status; [0]: there was none.
  std::array<std::uint64_t, 6> origin_responses{};
  std::uint64_t origin_connect_failures = 0;
  std::uint64_t origin_connections = 0;  // open or being opened
};

// A number that one thread changes and any thread may read.
class Count {
 public:
  void add(std::uint64_t more) {
    value_.store(value_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }
  void subtract(std::uint64_t less) { add(std::uint64_t{0} - less); }
  void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// One thread's part of the counters.
struct Tally {
  Count connections_accepted;
  Count connections_dropped;
  Count requests;
  std::array<Count, 6> responses;
  std::array<Count, refusal_count> refusals;
  Count bytes_in;
  Count bytes_out;
  Count unfinished_bytes;
  std::array<Count, 6> origin_responses;
  Count origin_connect_failures;
  Count origin_connections;

  void add_to(HttpServerCounters& sum) const {
    sum.connections_accepted += connections_accepted.value();
    sum.connections_dropped += connections_dropped.value();
    sum.requests += requests.value();
    for (std::size_t i = 0; i < responses.size(); ++i) sum.responses[i] += responses[i].value();
    for (std::size_t i = 0; i < refusals.size(); ++i) sum.refusals[i] += refusals[i].value();
    sum.bytes_in += bytes_in.value();
    sum.bytes_out += bytes_out.value();
    sum.unfinished_bytes += unfinished_bytes.value();
    for (std::size_t i = 0; i < origin_responses.size(); ++i) sum.origin_responses[i] += origin_responses[i].value();
    sum.origin_connect_failures += origin_connect_failures.value();
    sum.origin_connections += origin_connections.value();
  }
};

}  // namespace footfall
