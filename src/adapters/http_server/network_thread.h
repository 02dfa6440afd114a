// One thread of the server: its connections, its gate to the journal, and what they share.
//
// A connection lives on one thread from beginning to end, so nothing between them is locked. What is handed over from
// outside (an accepted descriptor, an answer of a worker, a commit of the journal) is posted to the thread.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <random>
#include <span>
#include <string>
#include <thread>

#include "adapters/http_server/connection.h"
#include "adapters/http_server/connection_limits.h"
#include "adapters/http_server/counters.h"
#include "adapters/http_server/gate.h"
#include "adapters/http_server/head_check.h"
#include "adapters/http_server/origin_pool.h"
#include "adapters/http_server/ready_set.h"
#include "adapters/http_server/response_writer.h"
#include "adapters/http_server/settings.h"
#include "adapters/http_server/work_pool.h"
#include "ports/http.h"
#include "ports/journal.h"

namespace footfall {

// What all threads of a server share; it outlives them.
struct ServerParts {
  const HttpServerSettings& settings;
  HttpHandler& handler;
  Journal& journal;
  WorkPool& workers;  // queries, and all that is not quick
  WorkPool& files;    // what waits for a disk, for a moment
  ConnectionLimits& connections;
};

class NetworkThread {
 public:
  using Executor = boost::asio::io_context::executor_type;

  explicit NetworkThread(const ServerParts& parts);
  // Ends.
  ~NetworkThread();
  NetworkThread(const NetworkThread&) = delete;
  NetworkThread& operator=(const NetworkThread&) = delete;

  void start();

  // --- Any thread ---

  [[nodiscard]] Executor executor() { return io_.get_executor(); }
  // Takes a connected, non-blocking descriptor.
  void adopt(int descriptor, const Address& peer);
  // Looks at the gate soon; however often it is called before that, it is one look.
  void wake_gate();
  // Closes connections that have nothing under way; the others go with their next response.
  void begin_stop();
  // Ends the thread, waits for it, and closes the connections that are left.
  void end();
  [[nodiscard]] const Tally& tally() const { return tally_; }

  // --- This thread ---

  [[nodiscard]] const ServerParts& parts() const { return parts_; }
  [[nodiscard]] const HttpServerSettings& settings() const { return parts_.settings; }
  [[nodiscard]] Tally& tally() { return tally_; }
  [[nodiscard]] Gate& gate() { return gate_; }
  [[nodiscard]] ReadySet& ready() { return ready_; }
  [[nodiscard]] Origins& origins() { return origins_; }
  // The time of the last tick: as exact as a deadline needs it, and free.
  [[nodiscard]] std::chrono::steady_clock::time_point now() const { return now_; }
  [[nodiscard]] std::string_view date() const { return date_.text(); }
  [[nodiscard]] bool stopping() const { return stopping_; }
  // Seconds for Retry-After, spread out so that those refused together do not come back together.
  [[nodiscard]] unsigned retry_after() { return std::uniform_int_distribution<unsigned>(5, 30)(random_); }

  // One connection at a time has the use of these, from one wait to the next.
  [[nodiscard]] std::span<char> input() { return input_; }
  [[nodiscard]] std::string& output() { return output_; }
  [[nodiscard]] Head& head() { return head_; }
  // The sum over all connections; to be noted when it has changed.
  [[nodiscard]] std::size_t& unfinished_bytes() { return unfinished_bytes_; }

  // The connection has closed and nobody will call it any more: destroys it.
  void retire(Connection& connection);

 private:
  using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                  boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

  void open_connection(int descriptor, const Address& peer);
  void tick();
  void await_tick();
  template <typename F>
  void for_each_connection(F&& use);

  const ServerParts parts_;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<Executor> stay_;
  Timer ticker_;
  ReadySet ready_;
  Gate gate_;
  std::atomic<bool> gate_wake_asked_{false};
  Tally tally_;

  std::chrono::steady_clock::time_point now_;
  DateText date_;
  bool stopping_ = false;
  std::minstd_rand random_;

  std::array<char, read_buffer_bytes_max> input_;
  std::string output_;
  Head head_;
  std::size_t unfinished_bytes_ = 0;
  Origins origins_{*this};

  boost::intrusive::list<Connection, boost::intrusive::base_hook<Connection::ListHook>,
                         boost::intrusive::constant_time_size<false>>
      connections_;
  std::thread thread_;
};

}  // namespace footfall
