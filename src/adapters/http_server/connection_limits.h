// How many connections are open, in all and from each address, and whether there may be one more.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

#include "adapters/http_server/refusal.h"
#include "adapters/http_server/settings.h"
#include "domain/address.h"

namespace footfall {

// Any thread.
class ConnectionLimits {
 public:
  // Takes its limits from the settings, and from how many descriptors the process may have.
  explicit ConnectionLimits(const HttpServerSettings& settings);

  // Counts one more, or says why there may not be one.
  std::optional<Refusal> enter(const Address& peer);
  void leave(const Address& peer);

  [[nodiscard]] std::size_t open() const;
  [[nodiscard]] std::size_t connections_max() const { return connections_max_; }

  // Waits until none is open. False: there still are some after `patience`.
  bool wait_until_none(std::chrono::milliseconds patience);

 private:
  // A map in order, because strangers choose the addresses: no hash to flood.
  using Network = std::array<std::uint8_t, 16>;
  static Network network_of(const Address& peer);

  const HttpServerSettings& settings_;
  const std::size_t connections_max_;
  mutable std::mutex mutex_;
  std::condition_variable none_;
  std::size_t open_ = 0;
  std::map<Network, std::size_t> by_network_;
};

}  // namespace footfall
