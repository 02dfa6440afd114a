// Takes in connections, and keeps its head when there are too many.
//
// One more than allowed is told so (503) and closed. When the process is out of descriptors, the one held in reserve is
// given up for a moment, so that whoever waits in the kernel's queue is closed too instead of hanging, and the listener
// sleeps a little: the queue would wake it again at once, for nothing.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>

#include "adapters/http_server/connection_limits.h"
#include "adapters/http_server/counters.h"
#include "adapters/http_server/settings.h"
#include "base/result.h"
#include "domain/address.h"

namespace footfall {

// One thread: that of the executor.
class Listener {
 public:
  using Executor = boost::asio::io_context::executor_type;
  // Takes over a connected, non-blocking descriptor that has been counted in the limits.
  using Adopt = std::function<void(int descriptor, const Address& peer)>;

  Listener(const Executor& executor, const HttpServerSettings& settings, ConnectionLimits& limits, Tally& tally,
           Adopt adopt);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Binds and listens; connections wait in the kernel until `begin`.
  //   errors   in_use     another process listens there
  //            forbidden  the port needs more rights
  //            failed     the address is not one of this machine, or no descriptor is left
  Result<Done> open();
  [[nodiscard]] std::uint16_t port() const { return port_; }

  void begin();
  // Takes in what has already come, and listens no more.
  void stop();

 private:
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;
  using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                  boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

  void wait();
  void pause();
  enum class Taken { one, none, failed };
  Taken take_one();
  void take_all();
  void drop_waiting();
  void keep_reserve();
  void turn_away(int descriptor, Refusal why);

  const HttpServerSettings& settings_;
  ConnectionLimits& limits_;
  Tally& tally_;
  const Adopt adopt_;
  Acceptor acceptor_;
  Timer timer_;
  std::uint16_t port_ = 0;
  int reserve_ = -1;
};

}  // namespace footfall
