// One request on its way to an origin, and the response on its way back (ForwardedRequest, ports/http.h).
//
// Nothing passes as it came: both heads are read strictly and written anew, and both bodies are unframed and framed
// again, so what one side sends cannot be taken for a second message by the other. Of each direction at most
// forward_piece_bytes are held; whoever sends faster than the other side takes is not read. After a response 101 the
// two connections are tied together, byte for byte.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/http_server/chunk_reader.h"
#include "adapters/http_server/gate.h"
#include "adapters/http_server/origin_pool.h"
#include "adapters/http_server/refusal.h"
#include "adapters/http_server/response_head.h"
#include "adapters/http_server/response_writer.h"
#include "adapters/http_server/stream.h"
#include "ports/http.h"

namespace footfall {

class NetworkThread;

// The client's side, as its connection lends it to the forwarder. What the client shall get is appended to the thread's
// output and then flushed.
class ForwardedClient {
 public:
  virtual ~ForwardedClient() = default;

 protected:
  friend class Forwarder;

  struct Input {
    Stream::State state;
    std::string_view bytes;
  };
  // What has come and is not used; reads once if there is nothing.
  virtual Input client_input() = 0;
  // So much of the last input was used; the rest is kept.
  virtual void use_client_input(std::size_t bytes) = 0;
  // A response is about to be written: counts it, and decides whether the connection ends behind it.
  virtual Persistence begin_client_response(int status, bool must_close) = 0;
  // What the server itself says in the head of every response on this connection.
  [[nodiscard]] virtual std::span<const Header> server_headers() const = 0;
  virtual void flush_client() = 0;
  // What the client has not taken of what was flushed.
  [[nodiscard]] virtual std::size_t client_backlog() const = 0;
  // Says that nothing more will be sent.
  virtual void finish_client() = 0;
  // Something has happened at the origin: calls `go_on`. The forwarder may be destroyed by it.
  virtual void on_forwarder() = 0;
};

// What the request's head says of the rest of it, and of who sends it.
struct RequestFrame {
  bool http_1_0 = false;
  bool head_only = false;         // HEAD
  bool chunked = false;           // a body in chunks follows
  bool expects_continue = false;  // and the client waits before it sends it
  std::uint64_t content_length = 0;

  [[nodiscard]] bool has_body() const { return chunked || content_length > 0; }
};

// One thread. Ends what is under way when it is destroyed.
class Forwarder final : public OriginUser, public GateWaiter {
 public:
  Forwarder(NetworkThread& thread, ForwardedClient& client, std::unique_ptr<ForwardedRequest> forwarding,
            const RequestFrame& request);
  ~Forwarder() override;
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  enum class Outcome {
    going,    // it goes on when one of the three sockets, the journal or the time says so
    whole,    // all of the response has been handed over for sending
    failed,   // none of it: `failure` is the answer
    refused,  // none of it: `refusal` says why
    broken,   // a part of it, and the rest will not come
    left,     // the client has left, or a tunnel has ended
  };
  // Moves what can be moved.
  Outcome go_on();
  // Time has passed. `client_ended`: it has sent the end of its connection.
  Outcome on_tick(bool client_ended);
  // The client's connection is closing: nothing of it is used any more.
  void abandon();

  [[nodiscard]] Response failure() const { return forwarding_->on_failure(failure_); }
  [[nodiscard]] Refusal refusal() const { return refusal_; }
  // All of the request has come.
  [[nodiscard]] bool has_read_request() const { return request_is_read_; }
  // It may go on for as long as the client stays: a server that stops does not wait for it.
  [[nodiscard]] bool is_endless() const { return step_ == Step::tunnel || is_event_stream_; }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Pieces of one direction before others of the thread have their turn.
  static constexpr int pieces_at_once = 8;

  enum class Step : std::uint8_t {
    connecting,  // waits for a connection, or for it to open
    head,        // the request is being sent; the head of the response has not come
    gated,       // it has come, and waits for the journal
    body,
    tunnel,
    over,
  };
  enum class Body : std::uint8_t { none, length, chunked, until_close };

  // --- Events ---
  void on_origin() override;
  void on_durable() override;
  void on_journal_failed() override;

  // --- The request ---
  void write_request_head(const RequestFrame& request);
  Outcome connect();
  Outcome retry();
  Outcome send();
  bool send_held();
  Outcome take_request_body(std::string_view bytes);

  // --- The response ---
  Outcome receive();
  Outcome take(std::string_view bytes);
  Outcome take_head(const ResponseHead& head, std::string_view rest);
  Outcome begin_tunnel(std::string_view rest);
  void write_response_head(const ResponseHead& head, ForwardedHead& forwarded);
  Outcome pass_gate();
  Outcome send_response_head(std::string_view rest);
  Outcome take_body(std::string_view bytes);
  void pass_on(std::string_view data);
  Outcome end_of_origin(bool broken);
  Outcome finish(std::size_t bytes_left);

  // --- The tunnel ---
  Outcome tie();
  bool tie_up();
  Outcome tie_down();

  Outcome fail(ForwardFailure why);
  Outcome refuse(Refusal why);
  void release();
  void note_progress();
  [[nodiscard]] bool longer_than(TimePoint began, std::chrono::milliseconds most) const;

  NetworkThread& thread_;
  ForwardedClient& client_;
  const std::unique_ptr<ForwardedRequest> forwarding_;
  OriginPool& pool_;
  OriginConnection* connection_ = nullptr;

  Step step_ = Step::connecting;
  bool turn_is_over_ = false;  // there is more to move, when others have had their turn
  TimePoint began_;
  TimePoint moved_;                       // when something last did, on the origin's side
  std::optional<TimePoint> half_closed_;  // since when it is known that the client has sent its last

  // The request
  const bool http_1_0_;
  const bool head_only_;
  bool expects_continue_;
  bool request_is_read_;
  bool body_was_sent_ = false;  // a part of it, perhaps
  bool origin_is_deaf_ = false;
  OriginPool::Wanted wanted_;
  std::optional<ChunkReader> request_chunks_;
  std::uint64_t request_bytes_left_;
  std::uint64_t request_bytes_ = 0;      // of the body, so far
  std::chrono::milliseconds waited_{0};  // for the client to send
  bool waits_for_client_ = false;
  std::string up_;  // to be sent to the origin; the head of a request that can be sent again stays
  std::size_t up_sent_ = 0;

  // The response
  std::string held_;  // the beginning of a head, or of a body behind a head that waits at the gate
  int interim_responses_ = 0;
  bool origin_has_spoken_ = false;
  bool keep_alive_ = false;
  bool is_event_stream_ = false;
  bool is_tunnel_ = false;
  Position after_ = 0;  // what the gate waits for
  Body body_ = Body::none;
  std::uint64_t bytes_left_ = 0;
  std::optional<ChunkReader> chunks_;
  std::optional<std::chrono::seconds> origin_idle_time_;
  Framing framing_ = Framing::none;
  std::string head_text_;

  // The tunnel
  bool client_ended_ = false;
  bool origin_ended_ = false;

  ForwardFailure failure_ = ForwardFailure::broken;
  Refusal refusal_ = Refusal::bad_chunk;
};

}  // namespace footfall
