// The connections of one network thread to its origins.
//
// A request takes a connection for itself, the one used last if any is idle, and gives it back when its response has
// come whole. There are only so many; whoever comes when all are taken waits, in order. A name is looked up by another
// thread, and again from time to time while its last addresses serve on.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapters/http_server/origin_connection.h"
#include "adapters/http_server/response_head.h"
#include "domain/address.h"
#include "ports/http.h"

namespace footfall {

class NetworkThread;

// One thread, one origin.
class OriginPool {
 public:
  OriginPool(NetworkThread& thread, Origin origin);
  ~OriginPool();
  OriginPool(const OriginPool&) = delete;
  OriginPool& operator=(const OriginPool&) = delete;

  [[nodiscard]] const Origin& origin() const { return origin_; }
  [[nodiscard]] NetworkThread& thread() { return thread_; }
  // False while its name is being looked up for the first time.
  [[nodiscard]] bool knows_address() const { return !addresses_.empty(); }

  enum class Wanted {
    any,
    alive,  // one that the origin has not closed as far as the kernel knows: the request cannot be sent twice
    fresh,  // one that nothing was sent on before
  };
  struct Taken {
    OriginConnection* connection = nullptr;
    std::optional<ForwardFailure> failure;
  };
  // A connection, open or still connecting; or why there is none; or neither: `user` waits, and is told to ask again.
  Taken take(OriginUser& user, Wanted wanted);

  // The exchange is over on both sides, and the connection may have another.
  //   idle_time   how long the origin keeps it, if it says so
  void give_back(OriginConnection& connection, std::optional<std::chrono::seconds> idle_time);
  // The exchange is over, and with it the connection.
  void close(OriginConnection& connection);
  // The exchange is not over: the origin learns at once that nobody waits for the rest.
  void abort(OriginConnection& connection);

  // Time has passed.
  void on_tick();
  // --- For its connections ---
  void connected(const Address& address);
  void close_idle(OriginConnection& connection);

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Row = boost::intrusive::list<OriginConnection, boost::intrusive::base_hook<OriginConnection::ListHook>>;
  using Users = boost::intrusive::list<
      OriginUser,
      boost::intrusive::base_hook<boost::intrusive::list_base_hook<
          boost::intrusive::link_mode<boost::intrusive::auto_unlink>, boost::intrusive::tag<OriginPool>>>,
      boost::intrusive::constant_time_size<false>>;
  using Resolver = boost::asio::ip::basic_resolver<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

  [[nodiscard]] bool has_place() const;
  OriginConnection* take_idle(OriginUser& user, Wanted wanted);
  void destroy(Row& row, OriginConnection& connection);
  void look_up();
  void looked_up(std::vector<Address> addresses);
  void wake();
  void tell_waiting();

  NetworkThread& thread_;
  const Origin origin_;
  Row taken_;
  Row idle_;  // the one used last stands at the end
  Users waiting_;
  bool wake_asked_ = false;

  Resolver resolver_;
  const bool is_name_;
  bool looking_up_ = false;
  std::vector<Address> addresses_;  // the one that last took a connection stands first
  TimePoint addresses_until_;
  std::optional<TimePoint> unknown_until_;  // the name could not be looked up, which is believed for a while
};

// One thread: its pools, and what its forwardings share.
class Origins {
 public:
  explicit Origins(NetworkThread& thread) : thread_(thread) {}

  OriginPool& pool(const Origin& origin);
  void on_tick();

  // One forwarding at a time has the use of these, from one wait to the next.
  [[nodiscard]] std::span<char> input() { return input_; }
  [[nodiscard]] std::string& data() { return data_; }
  [[nodiscard]] ResponseHead& head() { return head_; }

 private:
  NetworkThread& thread_;
  std::vector<std::unique_ptr<OriginPool>> pools_;  // as many as the configuration names, so a few
  std::array<char, forward_piece_bytes> input_;
  std::string data_;
  ResponseHead head_;
};

}  // namespace footfall
