// One connection to an origin: plain TCP, and which request has it.
//
// It tries the origin's addresses one after the other, so that "localhost" reaches a server that listens on one family
// only. Reads tell an end from a failure: a body that goes on until the connection closes is whole only with the first.
#pragma once

#include <boost/intrusive/list_hook.hpp>
#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "adapters/http_server/ready_set.h"
#include "domain/address.h"

namespace footfall {

class OriginPool;

// A request that has a connection, or waits for one; leaves the row of those that wait by itself.
class OriginUser : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>,
                                                           boost::intrusive::tag<OriginPool>> {
 public:
  virtual ~OriginUser() = default;

 protected:
  // Something has changed: look again. Never called from within a call to the pool or the connection; the user may be
  // destroyed by it.
  virtual void on_origin() = 0;

 private:
  friend class OriginPool;
  friend class OriginConnection;
};

// Made, kept and destroyed by its pool. One thread.
class OriginConnection final : public ReadyListener,
                               public boost::intrusive::list_base_hook<boost::intrusive::tag<OriginPool>> {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using ListHook = boost::intrusive::list_base_hook<boost::intrusive::tag<OriginPool>>;

  enum class State {
    connecting,
    open,
    failed,  // no address of the origin took it
  };
  [[nodiscard]] State state() const { return state_; }
  // It failed because the process may not open more descriptors.
  [[nodiscard]] bool lacks_descriptor() const { return lacks_descriptor_; }
  // It has answered a request before, so the origin may have closed it in the meantime.
  [[nodiscard]] bool is_used() const { return is_used_; }

  enum class Result {
    moved,   // `bytes` bytes, at least one
    later,   // nothing now: the user will be told
    ended,   // the origin sends no more
    broken,  // the connection has failed
  };
  struct Moved {
    Result result;
    std::size_t bytes = 0;
  };
  Moved read(std::span<char> room);
  Moved write(std::string_view bytes);
  // Says that nothing more will be sent.
  void finish_sending();

  // As far as is known, a call would move something.
  [[nodiscard]] bool can_read() const { return can_read_; }
  [[nodiscard]] bool can_write() const { return can_write_; }

 private:
  friend class OriginPool;
  OriginConnection(OriginPool& pool, OriginUser& user, std::vector<Address> addresses, std::uint16_t port);
  ~OriginConnection() override;

  void on_ready(Readiness readiness) override;
  bool connect();
  bool begin_to_connect(const Address& address);
  // Nothing has come that nobody asked for, and the origin has not closed it. Asks the kernel if it must, or is told
  // to.
  bool is_quiet(bool ask);
  void close();
  void abort();

  OriginPool& pool_;
  const std::vector<Address> addresses_;
  const std::uint16_t port_;
  std::size_t next_address_ = 0;
  int descriptor_ = -1;
  State state_ = State::failed;
  OriginUser* user_;  // none while it is idle
  bool lacks_descriptor_ = false;
  bool is_used_ = false;
  bool can_read_ = false;
  bool can_write_ = false;
  bool ended_ = false;  // what has not been read yet ends with the end
  TimePoint began_;     // to connect to this address
  TimePoint idle_until_;
};

}  // namespace footfall
