// One client: reads its requests, has them answered one at a time, and sends the responses in that order.
//
// A request that comes whole is handled where it was received, in the thread's own buffer, and a short response goes
// out in one call, without waiting and without memory of its own. Everything else (a request in pieces, a slow reader,
// a long body, a query) is the exception and pays for it.
//
// All members are used by one network thread. Every event ends in `settle`, which sends what is to be sent, reads
// on where it can, and destroys the connection when it is closed and nobody will call it any more.
#pragma once

#include <boost/intrusive/list_hook.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/http_server/chunked_body.h"
#include "adapters/http_server/forwarder.h"
#include "adapters/http_server/gate.h"
#include "adapters/http_server/head_check.h"
#include "adapters/http_server/live_pipe.h"
#include "adapters/http_server/outbox.h"
#include "adapters/http_server/read_buffer.h"
#include "adapters/http_server/ready_set.h"
#include "adapters/http_server/refusal.h"
#include "adapters/http_server/response_writer.h"
#include "adapters/http_server/stream.h"
#include "domain/address.h"
#include "ports/http.h"

namespace footfall {

class NetworkThread;
class WorkPool;

class Connection final : public GateWaiter,
                         public LiveReader,
                         public ForwardedClient,
                         public ReadyListener,
                         public boost::intrusive::list_base_hook<boost::intrusive::tag<NetworkThread>> {
 public:
  using ListHook = boost::intrusive::list_base_hook<boost::intrusive::tag<NetworkThread>>;

  Connection(NetworkThread& thread, Stream stream, const Address& peer);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] const Address& peer() const { return peer_; }

  // From here on the connection is driven by what its socket can do.
  void start();
  // Time has passed, or the server has begun to stop: ends what has taken too long.
  void on_tick();
  // A worker has answered the request.
  void on_answer(Response response);
  // A worker has made the next piece of the body, and gives the source back.
  void on_piece(std::unique_ptr<BodySource> source, Result<std::string> piece);

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  enum class Phase : std::uint8_t {
    reading,    // waits for a request, or for the rest of one
    working,    // a worker makes the answer
    gated,      // the answer waits for the journal
    streaming,  // a body is being made piece by piece
    live,       // a body goes on until the reader leaves
    forwarded,  // an origin answers
    finishing,  // the last response is being sent
    lingering,  // it has been sent; what still comes is dropped
    closed,
  };

  // What is known of the request being read or answered.
  struct Exchange {
    TimePoint began{};  // when its first byte came; zero: none has
    Admission admission;
    std::size_t whole_bytes = 0;  // head and body together, once the head has been read; 0 before, and if chunked
    bool http_1_0 = false;
    bool head_only = false;  // HEAD
    bool keep_alive = true;
    RequestFrame frame;
    bool body_waits = false;  // on the network, unread, for a handler that was called without it
  };
  // A chunked body loses its frame as it comes, so its head is kept apart.
  struct ChunkedRequest {
    std::string head;
    ChunkedBody body;
  };

  // --- Events ---
  void on_ready(Readiness readiness) override;
  void on_durable() override;
  Response* unfinished() override { return gated_.finisher == nullptr ? nullptr : &gated_; }
  void on_journal_failed() override;
  void on_live() override;
  void on_forwarder() override;

  // --- Reading ---
  void read_on();
  void receive();
  Stream::Moved read(std::span<char> room);
  void take_unread();
  std::size_t take(std::string_view input);
  std::size_t take_request(std::string_view input);
  std::size_t begin_body(const Head& head, std::string_view input);
  std::size_t take_chunks(std::string_view input);
  std::size_t take_streamed(const Head& head, std::string_view input);
  bool worth_a_look(std::string_view input);
  void drop_input();
  void forget_input();

  // --- Answering ---
  [[nodiscard]] Request request_of(const Head& head, std::string_view body) const;
  void handle(const Head& head, std::string_view head_text, std::string_view body);
  void hand_to_worker(std::string_view head_text, std::string_view body);
  void answer(Response response);
  void refuse(Refusal why);
  void respond(Response response);
  void send_text(std::string text);
  void send_kept(KeptBytes bytes);
  void begin_live(const LiveBody& body);
  void end_response();

  // --- Forwarding ---
  void begin_forwarding(std::unique_ptr<ForwardedRequest> forwarding);
  void forward();
  void end_forwarding(Forwarder::Outcome outcome);
  Input client_input() override;
  void use_client_input(std::size_t bytes) override;
  Persistence begin_client_response(int status, bool must_close) override;
  [[nodiscard]] std::span<const Header> server_headers() const override;
  void flush_client() override { flush(); }
  [[nodiscard]] std::size_t client_backlog() const override { return outbox_.bytes(); }
  void finish_client() override { stream_.finish_sending(); }

  // --- Sending ---
  void add_piece(std::string piece);
  void pull_piece();
  [[nodiscard]] WorkPool& pool_of(const BodySource& source);
  void drop(std::unique_ptr<BodySource> source);
  void drop_body(Response& response);
  void pump_live();
  void flush();
  void finish();

  void enter(Phase phase);
  void settle();
  void go_on();
  void close();
  void reset();

  NetworkThread& thread_;
  Stream stream_;
  const Address peer_;

  Phase phase_ = Phase::reading;
  TimePoint phase_began_;
  TimePoint last_sent_;       // when bytes last went out, while some wait
  bool can_read_ = false;     // as far as is known
  bool can_write_ = true;     // likewise
  bool peer_ended_ = false;   // what has not been read yet ends with the end
  bool worker_busy_ = false;  // a worker will call
  bool starved_ = true;       // what is in `unread_` is not enough to go on with
  bool closing_ = false;      // behind the response being sent
  bool lingering_wanted_ = false;
  Framing framing_ = Framing::length;  // of the body being sent
  std::uint64_t body_left_ = 0;        // of a body that has been promised a length, and is made piece by piece

  Exchange exchange_;
  ReadBuffer unread_;
  std::size_t looked_at_bytes_ = 0;  // of an incomplete head
  std::size_t dropped_bytes_ = 0;
  std::unique_ptr<ChunkedRequest> chunked_;
  std::string_view direct_input_;  // what a forwarder was given from the thread's buffer

  Outbox outbox_;
  Response gated_;
  std::unique_ptr<BodySource> source_;  // while no worker has it
  std::shared_ptr<LivePipe> pipe_;
  std::shared_ptr<void> subscription_;
  std::unique_ptr<Forwarder> forwarder_;
};

}  // namespace footfall
