#include "adapters/http_server/connection_limits.h"

#include <sys/resource.h>

#include <algorithm>

#include "base/check.h"

namespace footfall {
namespace {

// The journal, the store and the clients of both need descriptors too.
constexpr std::size_t descriptors_kept = 32;

std::size_t connections_possible(std::size_t wanted) {
  rlimit descriptors{};
  if (getrlimit(RLIMIT_NOFILE, &descriptors) != 0 || descriptors.rlim_cur == RLIM_INFINITY) return wanted;
  const std::size_t all = descriptors.rlim_cur;
  const std::size_t kept = std::max(descriptors_kept, all / 5);
  return std::min(wanted, all > kept ? all - kept : 1);
}

}  // namespace

ConnectionLimits::ConnectionLimits(const HttpServerSettings& settings)
    : settings_(settings), connections_max_(connections_possible(settings.connections_max)) {}

std::optional<Refusal> ConnectionLimits::enter(const Address& peer) {
  const bool counted = !settings_.may_open_many(peer);
  const std::lock_guard lock(mutex_);
  if (open_ >= connections_max_) return Refusal::too_many_connections;
  if (counted) {
    std::size_t& open_there = by_network_[network_of(peer)];
    if (open_there >= settings_.connections_per_address_max) return Refusal::too_many_connections_from_address;
    ++open_there;
  }
  ++open_;
  return std::nullopt;
}

void ConnectionLimits::leave(const Address& peer) {
  const bool counted = !settings_.may_open_many(peer);
  const std::lock_guard lock(mutex_);
  FOOTFALL_ASSERT(open_ > 0);
  if (counted) {
    const auto there = by_network_.find(network_of(peer));
    FOOTFALL_ASSERT(there != by_network_.end());
    if (--there->second == 0) by_network_.erase(there);
  }
  if (--open_ == 0) none_.notify_all();
}

std::size_t ConnectionLimits::open() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

bool ConnectionLimits::wait_until_none(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return none_.wait_for(lock, patience, [&] { return open_ == 0; });
}

ConnectionLimits::Network ConnectionLimits::network_of(const Address& peer) {
  Network network = peer.bytes();
  if (!peer.is_v4()) std::fill(network.begin() + 8, network.end(), std::uint8_t{0});
  return network;
}

}  // namespace footfall
