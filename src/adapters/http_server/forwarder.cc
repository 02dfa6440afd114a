#include "adapters/http_server/forwarder.h"

#include <algorithm>
#include <utility>

#include "adapters/http_server/network_thread.h"
#include "base/check.h"
#include "base/text.h"

namespace footfall {
namespace {

bool has_no_body(int status) { return status == 204 || status == 304; }

// What may be sent again without asking whether it was done already (RFC 9110 §9.2.2).
bool is_idempotent(Method method) { return method != Method::post && method != Method::patch; }

bool has_body_by_nature(Method method) {
  return method == Method::post || method == Method::put || method == Method::patch;
}

bool is_event_stream(std::span<const Header> headers) {
  constexpr std::string_view type = "text/event-stream";
  return std::any_of(headers.begin(), headers.end(), [&](const Header& header) {
    return equals_ignoring_case(header.name, "content-type") &&
           equals_ignoring_case(std::string_view(header.value).substr(0, type.size()), type);
  });
}

}  // namespace

Forwarder::Forwarder(NetworkThread& thread, ForwardedClient& client, std::unique_ptr<ForwardedRequest> forwarding,
                     const RequestFrame& request)
    : thread_(thread),
      client_(client),
      forwarding_(std::move(forwarding)),
      pool_(thread.origins().pool(*forwarding_->origin)),
      began_(thread.now()),
      moved_(began_),
      http_1_0_(request.http_1_0),
      head_only_(request.head_only),
      expects_continue_(request.expects_continue && request.has_body()),
      request_is_read_(!request.has_body()),
      wanted_(is_idempotent(forwarding_->method) && !request.has_body() ? OriginPool::Wanted::any
                                                                        : OriginPool::Wanted::alive),
      request_bytes_left_(request.content_length) {
  if (request.chunked) request_chunks_.emplace(ChunkReader::Trailers::refused);
  write_request_head(request);
}

Forwarder::~Forwarder() { abandon(); }

void Forwarder::abandon() {
  step_ = Step::over;
  if (OriginUser::is_linked()) OriginUser::unlink();
  if (GateWaiter::is_linked()) Gate::leave(*this);
  release();
}

void Forwarder::release() {
  if (connection_ != nullptr) pool_.abort(*std::exchange(connection_, nullptr));
}

// --- Events ---

void Forwarder::on_origin() { client_.on_forwarder(); }
void Forwarder::on_durable() { client_.on_forwarder(); }
void Forwarder::on_journal_failed() { client_.on_forwarder(); }

Forwarder::Outcome Forwarder::go_on() {
  turn_is_over_ = false;
  Outcome outcome = Outcome::going;
  if (step_ == Step::connecting) outcome = connect();
  if (step_ == Step::gated) outcome = pass_gate();
  if (outcome == Outcome::going && step_ == Step::tunnel) outcome = tie();
  if (outcome == Outcome::going && (step_ == Step::head || step_ == Step::body)) {
    outcome = send();
    if (outcome == Outcome::going) outcome = receive();
  }
  // It may have been abandoned on the way, with the client's connection.
  if (step_ == Step::over) return outcome == Outcome::going ? Outcome::left : outcome;
  if (outcome == Outcome::going && turn_is_over_) thread_.ready().come_back_to(*connection_);
  return outcome;
}

Forwarder::Outcome Forwarder::on_tick(bool client_ended) {
  const OriginSettings& settings = thread_.settings().origins;
  if (step_ != Step::tunnel && request_is_read_ && client_ended) {
    if (!half_closed_) half_closed_ = thread_.now();
    if (longer_than(*half_closed_, settings.half_closed_max)) return Outcome::left;
  }
  switch (step_) {
    case Step::connecting:
      if (connection_ == nullptr && longer_than(began_, settings.place_max)) {
        return fail(pool_.knows_address() ? ForwardFailure::busy : ForwardFailure::unreachable);
      }
      break;
    case Step::gated:
      if (longer_than(moved_, thread_.settings().times.answer_max)) return refuse(Refusal::not_durable_in_time);
      break;
    case Step::head:
    case Step::body: {
      if (!request_is_read_ && waits_for_client_) {
        waited_ += thread_.settings().times.tick;
        const std::chrono::seconds paid(request_bytes_ / streamed_body_bytes_per_second_min);
        if (waited_ <= thread_.settings().times.body_read_max + paid) break;
        if (step_ == Step::body) return Outcome::broken;
        return refuse(Refusal::body_too_slow);
      }
      const bool waits_for_head = step_ == Step::head && request_is_read_ && up_sent_ == up_.size();
      const auto most = waits_for_head     ? settings.answer_max
                        : is_event_stream_ ? settings.tunnel_idle_max
                                           : settings.stall_max;
      if (!longer_than(moved_, most)) break;
      if (step_ == Step::body) return Outcome::broken;
      return fail(ForwardFailure::too_slow);
    }
    case Step::tunnel:
      if (longer_than(moved_, client_ended_ || origin_ended_ ? settings.stall_max : settings.tunnel_idle_max)) {
        return Outcome::left;
      }
      break;
    case Step::over:
      break;
  }
  return Outcome::going;
}

// --- The request ---

void Forwarder::write_request_head(const RequestFrame& request) {
  FOOTFALL_ASSERT(forwarding_->target.starts_with('/'));
  up_.reserve(1'024);
  up_ += name_of(forwarding_->method);
  up_ += ' ';
  up_ += forwarding_->target;
  up_ += " HTTP/1.1";
  for (const Header& header : forwarding_->headers) append_field(up_, header.name, header.value);
  if (request.chunked) {
    append_field(up_, "transfer-encoding", "chunked");
  } else if (request.content_length > 0 || has_body_by_nature(forwarding_->method)) {
    append_field(up_, "content-length", std::to_string(request.content_length));
  }
  if (expects_continue_) append_field(up_, "expect", "100-continue");
  if (forwarding_->upgrade) {
    append_field(up_, "connection", "Upgrade");
    append_field(up_, "upgrade", "websocket");
  }
  up_ += "\r\n\r\n";
}

Forwarder::Outcome Forwarder::connect() {
  if (connection_ == nullptr) {
    if (OriginUser::is_linked()) return Outcome::going;
    const OriginPool::Taken taken = pool_.take(*this, wanted_);
    if (taken.failure) return fail(*taken.failure);
    connection_ = taken.connection;
    if (connection_ == nullptr) return Outcome::going;
  }
  if (connection_->state() == OriginConnection::State::failed) {
    return fail(connection_->lacks_descriptor() ? ForwardFailure::busy : ForwardFailure::unreachable);
  }
  if (connection_->state() == OriginConnection::State::connecting) return Outcome::going;
  step_ = Step::head;
  note_progress();
  return Outcome::going;
}

// The connection was an old one, and the origin has closed it as the request came: what was not read was not done, or
// may be done twice.
Forwarder::Outcome Forwarder::retry() {
  release();
  wanted_ = OriginPool::Wanted::fresh;
  origin_is_deaf_ = false;
  up_sent_ = 0;
  step_ = Step::connecting;
  return go_on();
}

Forwarder::Outcome Forwarder::send() {
  waits_for_client_ = false;
  for (int pieces = 0; pieces < pieces_at_once; ++pieces) {
    // The first piece of a body goes out with the head.
    const bool has_room = !body_was_sent_ || up_sent_ == up_.size();
    if (has_room && !request_is_read_ && !origin_is_deaf_) {
      const auto input = client_.client_input();
      if (input.state == Stream::State::ended) return Outcome::left;
      waits_for_client_ = input.state == Stream::State::later;
      const Outcome outcome = waits_for_client_ ? Outcome::going : take_request_body(input.bytes);
      if (outcome != Outcome::going) return outcome;
    }
    if (!send_held() || request_is_read_ || origin_is_deaf_ || waits_for_client_) return Outcome::going;
  }
  turn_is_over_ = true;
  return Outcome::going;
}

// False: the origin takes no more at the moment.
bool Forwarder::send_held() {
  while (up_sent_ < up_.size() && !origin_is_deaf_) {
    if (!connection_->can_write()) return false;
    const auto moved = connection_->write(std::string_view(up_).substr(up_sent_));
    if (moved.result == OriginConnection::Result::later) return false;
    if (moved.result == OriginConnection::Result::broken) {
      // It may have answered before it closed: reading tells.
      origin_is_deaf_ = true;
      break;
    }
    up_sent_ += moved.bytes;
    note_progress();
  }
  if (body_was_sent_) {
    up_.clear();
    up_sent_ = 0;
  }
  return true;
}

Forwarder::Outcome Forwarder::take_request_body(std::string_view bytes) {
  body_was_sent_ = true;  // from here on the request cannot be sent again
  if (request_chunks_) {
    std::string& data = thread_.origins().data();
    data.clear();
    const ChunkReader::Progress progress = request_chunks_->take(bytes, data);
    client_.use_client_input(progress.used);
    request_bytes_ += progress.used;
    if (progress.refused) return step_ == Step::body ? Outcome::broken : refuse(*progress.refused);
    if (!data.empty()) {
      append_chunk_head(up_, data.size());
      up_ += data;
      up_ += "\r\n";
    }
    if (progress.done) {
      up_ += last_chunk;
      request_is_read_ = true;
    }
    return Outcome::going;
  }
  const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(request_bytes_left_, bytes.size()));
  up_ += bytes.substr(0, part);
  client_.use_client_input(part);
  request_bytes_ += part;
  request_bytes_left_ -= part;
  request_is_read_ = request_bytes_left_ == 0;
  return Outcome::going;
}

// --- The response ---

Forwarder::Outcome Forwarder::receive() {
  for (int pieces = 0; pieces < pieces_at_once; ++pieces) {
    if (client_.client_backlog() > 0 || !connection_->can_read()) return Outcome::going;
    const std::span<char> room = thread_.origins().input();
    const OriginConnection::Moved moved = connection_->read(room);
    switch (moved.result) {
      case OriginConnection::Result::later:
        return Outcome::going;
      case OriginConnection::Result::ended:
      case OriginConnection::Result::broken:
        return end_of_origin(moved.result == OriginConnection::Result::broken);
      case OriginConnection::Result::moved:
        break;
    }
    // A head must come in its time; a byte now and then does not move that.
    if (step_ == Step::body) note_progress();
    origin_has_spoken_ = true;
    const Outcome outcome = take({room.data(), moved.bytes});
    if (outcome != Outcome::going || step_ == Step::gated || step_ == Step::over) return outcome;
    if (step_ == Step::tunnel) return tie();
  }
  turn_is_over_ = true;
  return Outcome::going;
}

Forwarder::Outcome Forwarder::end_of_origin(bool broken) {
  if (step_ == Step::head) {
    const bool again = connection_->is_used() && wanted_ == OriginPool::Wanted::any && !origin_has_spoken_ &&
                       is_idempotent(forwarding_->method) && !body_was_sent_;
    return again ? retry() : fail(ForwardFailure::broken);
  }
  if (body_ == Body::until_close && !broken) return finish(0);
  return Outcome::broken;
}

Forwarder::Outcome Forwarder::take(std::string_view bytes) {
  if (step_ == Step::body) return take_body(bytes);
  std::string begun = std::exchange(held_, {});
  if (!begun.empty()) {
    begun += bytes;
    bytes = begun;
  }
  ResponseHead& head = thread_.origins().head();
  for (;;) {
    switch (read_response_head(bytes, head)) {
      case HeadState::incomplete:
        held_ = bytes;
        return Outcome::going;
      case HeadState::refused:
        return fail(ForwardFailure::broken);
      case HeadState::complete:
        break;
    }
    const std::string_view rest = bytes.substr(head.bytes);
    if (head.status >= 200 || head.status == 101) return take_head(head, rest);
    if (++interim_responses_ > origin_interim_responses_max) return fail(ForwardFailure::broken);
    // Only this one is awaited; a client may drop all others (RFC 9110 §15.2), and so do we.
    if (head.status == 100 && std::exchange(expects_continue_, false)) {
      thread_.output() += "HTTP/1.1 100 Continue\r\n\r\n";
      client_.flush_client();
      if (step_ == Step::over) return Outcome::left;
    }
    bytes = rest;
    if (bytes.empty()) return Outcome::going;
  }
}

Forwarder::Outcome Forwarder::take_head(const ResponseHead& head, std::string_view rest) {
  if (head.status == 101 && (!forwarding_->upgrade || !head.upgrade)) return fail(ForwardFailure::broken);
  thread_.tally().origin_responses.at(static_cast<std::size_t>(head.status / 100)).add(1);
  ForwardedHead forwarded;
  forwarded.status = head.status;
  forwarded.headers.reserve(head.fields().size() + 4);
  for (const HeaderView& field : head.fields()) forwarded.headers.push_back({field.name, std::string(field.value)});
  const auto after = forwarding_->on_head ? forwarding_->on_head(forwarded) : std::nullopt;
  forwarded.status = head.status;

  keep_alive_ = head.keep_alive;
  origin_idle_time_ = head.idle_time;
  is_tunnel_ = head.status == 101;
  if (is_tunnel_) {
    body_ = Body::none;
  } else if (head_only_ || has_no_body(head.status)) {
    body_ = Body::none;
    // Whether a body follows all the same cannot be known: nothing else may (RFC 9112 §6.3).
    const bool announces = head.chunked || head.content_length.value_or(0) > 0;
    if (head.status == 204 && announces) keep_alive_ = false;
  } else if (head.chunked) {
    body_ = Body::chunked;
    chunks_.emplace(ChunkReader::Trailers::dropped);
  } else if (head.content_length) {
    body_ = Body::length;
    bytes_left_ = *head.content_length;
  } else {
    body_ = Body::until_close;
    is_event_stream_ = is_event_stream(forwarded.headers);
  }
  if (body_ == Body::chunked) is_event_stream_ = is_event_stream(forwarded.headers);
  write_response_head(head, forwarded);

  if (after && !thread_.gate().is_open(*after)) {
    if (thread_.parts().journal.failed()) return refuse(Refusal::journal_failed);
    held_ = rest;
    step_ = Step::gated;
    after_ = *after;
    note_progress();
    thread_.gate().wait(*this, *after);
    return Outcome::going;
  }
  return send_response_head(rest);
}

void Forwarder::write_response_head(const ResponseHead& head, ForwardedHead& forwarded) {
  if (is_tunnel_) {
    // The status that write_head does not know: there is no frame, and the connection is spoken of.
    client_.begin_client_response(head.status, true);
    head_text_ = "HTTP/1.1 101 Switching Protocols";
    for (const Header& header : forwarded.headers) append_field(head_text_, header.name, header.value);
    append_field(head_text_, "connection", "Upgrade");
    append_field(head_text_, "upgrade", "websocket");
    head_text_ += "\r\n\r\n";
    return;
  }
  if (body_ == Body::none) {
    framing_ = head_only_ && head.content_length && !has_no_body(head.status) ? Framing::length : Framing::none;
  } else if (body_ == Body::length) {
    framing_ = Framing::length;
  } else {
    framing_ = http_1_0_ ? Framing::until_close : Framing::chunked;
  }
  ResponseFrame frame{framing_, head.content_length.value_or(0), Persistence::keep};
  // Bytes of the request that nobody will read, or that were meant for a protocol which is not spoken, must not be
  // taken for the next one.
  const bool must_close = !request_is_read_ || forwarding_->upgrade || framing_ == Framing::until_close;
  frame.persistence = client_.begin_client_response(head.status, must_close);
  add_missing(forwarded.headers, client_.server_headers());
  write_head(head_text_, head.status, forwarded.headers, frame, head.date.empty() ? thread_.date() : head.date);
}

// The gate has let it go, or the journal has failed.
Forwarder::Outcome Forwarder::pass_gate() {
  if (GateWaiter::is_linked()) return Outcome::going;
  if (!thread_.gate().is_open(after_)) return refuse(Refusal::journal_failed);
  const std::string rest = std::exchange(held_, {});
  return send_response_head(rest);
}

Forwarder::Outcome Forwarder::send_response_head(std::string_view rest) {
  thread_.output() += head_text_;
  note_progress();
  if (is_tunnel_) return begin_tunnel(rest);
  step_ = Step::body;
  return take_body(rest);
}

Forwarder::Outcome Forwarder::take_body(std::string_view bytes) {
  switch (body_) {
    case Body::none:
      return finish(bytes.size());
    case Body::length: {
      const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(bytes_left_, bytes.size()));
      pass_on(bytes.substr(0, part));
      bytes_left_ -= part;
      if (bytes_left_ == 0) return finish(bytes.size() - part);
      break;
    }
    case Body::chunked: {
      std::string& data = thread_.origins().data();
      data.clear();
      const ChunkReader::Progress progress = chunks_->take(bytes, data);
      pass_on(data);
      if (progress.refused) return Outcome::broken;
      if (progress.done) return finish(bytes.size() - progress.used);
      break;
    }
    case Body::until_close:
      pass_on(bytes);
      break;
  }
  client_.flush_client();
  return step_ == Step::over ? Outcome::left : Outcome::going;
}

void Forwarder::pass_on(std::string_view data) {
  if (data.empty()) return;
  std::string& output = thread_.output();
  if (framing_ == Framing::chunked) append_chunk_head(output, data.size());
  output += data;
  if (framing_ == Framing::chunked) output += "\r\n";
}

// The response is whole. `bytes_left`: what came behind it, and belongs to nobody.
Forwarder::Outcome Forwarder::finish(std::size_t bytes_left) {
  if (framing_ == Framing::chunked) thread_.output() += last_chunk;
  step_ = Step::over;
  OriginConnection& connection = *std::exchange(connection_, nullptr);
  const bool request_is_sent = request_is_read_ && up_sent_ == up_.size() && !origin_is_deaf_;
  if (!request_is_sent) {
    pool_.abort(connection);
  } else if (keep_alive_ && body_ != Body::until_close && bytes_left == 0) {
    pool_.give_back(connection, origin_idle_time_);
  } else {
    pool_.close(connection);
  }
  return Outcome::whole;
}

// --- Ends ---

Forwarder::Outcome Forwarder::fail(ForwardFailure why) {
  thread_.tally().origin_responses[0].add(1);
  failure_ = why;
  abandon();
  return Outcome::failed;
}

Forwarder::Outcome Forwarder::refuse(Refusal why) {
  refusal_ = why;
  abandon();
  return Outcome::refused;
}

void Forwarder::note_progress() { moved_ = thread_.now(); }

// Moments are those of the last tick before them, so one tick more has passed at most.
bool Forwarder::longer_than(TimePoint began, std::chrono::milliseconds most) const {
  return thread_.now() - began > most + thread_.settings().times.tick;
}

}  // namespace footfall
