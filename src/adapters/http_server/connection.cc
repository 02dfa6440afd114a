#include "adapters/http_server/connection.h"

#include <algorithm>
#include <utility>

#include "adapters/http_server/network_thread.h"
#include "adapters/http_server/worker_tasks.h"
#include "base/check.h"

namespace footfall {
namespace {

// Responses to pipelined requests go out together, up to about so much.
constexpr std::size_t output_bytes_enough = 65'536;
// A longer body is handed to the kernel from where it is, not copied behind its head.
constexpr std::size_t copied_body_bytes_max = 16'384;
// A source is asked for the next piece once less than one piece waits to be sent: two are in flight at most.
constexpr std::size_t piece_bytes_usual = 262'144;
// What a client may send that nobody reads: behind a last response, and to a live body.
constexpr std::size_t dropped_bytes_max = 1'048'576;
// Behind a refusal it is more, for the same two seconds at most: who is sending a large body shall hear the answer, and
// closing with bytes unread takes it away again (RFC 9112 §9.6).
constexpr std::size_t lingering_bytes_max = 16UL * 1'048'576;
// An incomplete head longer than the first is read again only with a new line end, or when it has grown by the second:
// a client that sends it byte by byte shall not make us read it as often.
constexpr std::size_t always_look_bytes = 256;
constexpr std::size_t look_again_bytes = 1'024;

bool has_no_body(int status) { return status == 204 || status == 304; }

}  // namespace

Connection::Connection(NetworkThread& thread, Stream stream, const Address& peer)
    : thread_(thread),
      stream_(std::move(stream)),
      peer_(peer),
      phase_began_(thread.now()),
      unread_(thread.unfinished_bytes()) {}

Connection::~Connection() {
  close();
  thread_.ready().forget(*this);
}

void Connection::start() {
  if (!thread_.ready().add(stream_.descriptor(), *this)) close();
  settle();
}

// --- Events ---

void Connection::on_ready(Readiness readiness) {
  const Readiness meant = stream_.meaning_of(readiness);
  can_read_ = can_read_ || meant.reads;
  can_write_ = can_write_ || meant.writes;
  peer_ended_ = peer_ended_ || meant.ended;
  settle();
}

void Connection::on_durable() {
  respond(std::move(gated_));
  settle();
}

void Connection::on_journal_failed() {
  refuse(Refusal::journal_failed);
  settle();
}

void Connection::on_answer(Response response) {
  worker_busy_ = false;
  if (phase_ == Phase::working) {
    answer(std::move(response));
  } else {
    // It took too long, and the client has been told so.
    drop_body(response);
  }
  settle();
}

void Connection::on_piece(std::unique_ptr<BodySource> source, Result<std::string> piece) {
  worker_busy_ = false;
  if (phase_ != Phase::streaming) {
    drop(std::move(source));
  } else if (!piece || (framing_ == Framing::length && (piece->empty() || piece->size() > body_left_))) {
    // The head is long sent; only a broken connection says that the body is not what it promised.
    drop(std::move(source));
    reset();
  } else if (piece->empty()) {
    if (framing_ == Framing::chunked) outbox_.add(std::string(last_chunk));
    drop(std::move(source));
    end_response();
  } else {
    body_left_ -= std::min<std::uint64_t>(body_left_, piece->size());
    add_piece(*std::move(piece));
    if (framing_ == Framing::length && body_left_ == 0) {
      drop(std::move(source));
      end_response();
    } else {
      source_ = std::move(source);
    }
  }
  settle();
}

void Connection::on_live() {
  if (phase_ == Phase::live && pipe_->overrun()) reset();
  settle();
}

void Connection::on_forwarder() { settle(); }

void Connection::on_tick() {
  const HttpServerTimes& times = thread_.settings().times;
  // Moments are those of the last tick before them, so one tick more has passed at most.
  const auto longer_than = [&](TimePoint began, std::chrono::milliseconds most) {
    return thread_.now() - began > most + times.tick;
  };
  const bool is_endless = phase_ == Phase::live || (phase_ == Phase::forwarded && forwarder_->is_endless());
  if (is_endless && thread_.stopping()) close();
  if (!outbox_.empty()) {
    if (longer_than(last_sent_, times.write_stall_max)) reset();
    return settle();
  }
  switch (phase_) {
    case Phase::reading: {
      if (stream_.is_shaking_hands() && longer_than(phase_began_, times.head_read_max)) {
        close();
        break;
      }
      if (exchange_.began == TimePoint{}) {
        if (!longer_than(phase_began_, thread_.stopping() ? times.idle_when_stopping_max : times.idle_max)) break;
        // A request that has just come is still answered.
        can_read_ = true;
        receive();
        if (phase_ == Phase::reading && exchange_.began == TimePoint{}) close();
        break;
      }
      const bool in_body = exchange_.whole_bytes > 0 || chunked_ != nullptr;
      if (longer_than(phase_began_, in_body ? times.body_read_max : times.head_read_max) ||
          longer_than(exchange_.began, times.request_max)) {
        refuse(in_body ? Refusal::body_too_slow : Refusal::head_too_slow);
      }
      break;
    }
    case Phase::working:
      if (longer_than(phase_began_, times.answer_max)) refuse(Refusal::answer_too_slow);
      break;
    case Phase::gated:
      if (longer_than(phase_began_, times.answer_max)) {
        Gate::leave(*this);
        refuse(Refusal::not_durable_in_time);
      }
      break;
    case Phase::lingering:
      if (longer_than(phase_began_, times.linger_max)) close();
      break;
    case Phase::finishing:
      if (longer_than(phase_began_, times.write_stall_max)) reset();
      break;
    case Phase::forwarded:
      end_forwarding(forwarder_->on_tick(peer_ended_));
      break;
    case Phase::live:
    case Phase::streaming:
    case Phase::closed:
      break;
  }
  settle();
}

// --- Reading ---

// Once a turn: a client that sends without end must not keep the others waiting.
void Connection::read_on() {
  if (phase_ == Phase::reading) {
    receive();
  } else {
    drop_input();
  }
  if (can_read_ && phase_ != Phase::closed) thread_.ready().come_back_to(*this);
}

Stream::Moved Connection::read(std::span<char> room) {
  const Stream::Moved moved = stream_.read(room);
  // When that was all, what comes now will be told (ready_set.h); an end will not.
  can_read_ = moved.more || (moved.state == Stream::State::moved && peer_ended_);
  return moved;
}

void Connection::receive() {
  const bool direct = unread_.empty();
  const std::span<char> room =
      direct ? thread_.input() : unread_.room(std::max(read_buffer_bytes_max, exchange_.whole_bytes));
  FOOTFALL_ASSERT(!room.empty());
  const Stream::Moved moved = read(room);
  if (moved.state == Stream::State::later) return;
  if (moved.state == Stream::State::ended) return close();
  if (moved.state == Stream::State::not_spoken) return refuse(Refusal::plain_http);
  thread_.tally().bytes_in.add(moved.bytes);
  if (direct) {
    const std::string_view input(room.data(), moved.bytes);
    const std::size_t used = take(input);
    unread_.append(input.substr(used));
  } else {
    unread_.filled(moved.bytes);
    take_unread();
  }
  if (thread_.unfinished_bytes() > thread_.settings().unfinished_bytes_max && phase_ == Phase::reading) {
    refuse(Refusal::no_memory);
  }
}

void Connection::take_unread() {
  const std::size_t used = take(unread_.text());
  if (phase_ != Phase::closed) unread_.drop(used);
}

// Uses up requests as long as they are whole and answered at once.
std::size_t Connection::take(std::string_view input) {
  std::size_t used = 0;
  starved_ = false;
  while (phase_ == Phase::reading && used < input.size() && thread_.output().size() < output_bytes_enough) {
    const std::size_t more = take_request(input.substr(used));
    used += more;
    if (more == 0) {
      starved_ = true;
      break;
    }
  }
  return used;
}

// Uses the bytes of one request, or none if it is not whole.
std::size_t Connection::take_request(std::string_view input) {
  if (chunked_ != nullptr) return take_chunks(input);
  if (exchange_.began == TimePoint{}) {
    exchange_.began = thread_.now();
    enter(Phase::reading);
  }
  const bool first_look = exchange_.whole_bytes == 0;
  if (first_look ? !worth_a_look(input) : input.size() < exchange_.whole_bytes) return 0;

  Head& head = thread_.head();
  const HeadVerdict verdict = check_head(input, thread_.settings().head, head);
  if (verdict.state == HeadState::incomplete) {
    looked_at_bytes_ = input.size();
    return 0;
  }
  if (verdict.state == HeadState::refused) {
    refuse(verdict.why);
    return input.size();
  }
  exchange_.http_1_0 = head.http_1_0;
  exchange_.head_only = head.method == Method::head;
  exchange_.keep_alive = head.keep_alive;
  if (first_look) {
    looked_at_bytes_ = 0;
    exchange_.admission = thread_.parts().handler.admit(request_of(head, {}));
    if (exchange_.admission.body == BodyMode::streamed) return take_streamed(head, input);
    if (head.upgrade) {
      refuse(Refusal::upgrade);
      return input.size();
    }
    if (head.content_length > exchange_.admission.body_bytes_max) {
      refuse(Refusal::body_too_large);
      return input.size();
    }
    exchange_.whole_bytes = head.chunked ? 0 : head.bytes + head.content_length;
    if (head.chunked || input.size() < exchange_.whole_bytes) return begin_body(head, input);
  }
  const std::size_t whole_bytes = exchange_.whole_bytes;
  handle(head, input.substr(0, head.bytes), input.substr(head.bytes, head.content_length));
  return whole_bytes;
}

// False if reading an incomplete head again would only find again that it is incomplete.
bool Connection::worth_a_look(std::string_view input) {
  return input.size() <= always_look_bytes || looked_at_bytes_ == 0 ||
         input.size() >= looked_at_bytes_ + look_again_bytes ||
         input.find('\n', looked_at_bytes_) != std::string_view::npos;
}

// The head is read, the body is not (all) there.
std::size_t Connection::begin_body(const Head& head, std::string_view input) {
  enter(Phase::reading);
  if (head.expects_continue && input.size() == head.bytes) thread_.output() += "HTTP/1.1 100 Continue\r\n\r\n";
  if (!head.chunked) return 0;
  chunked_ = std::make_unique<ChunkedRequest>(
      ChunkedRequest{std::string(input.substr(0, head.bytes)), ChunkedBody(exchange_.admission.body_bytes_max)});
  return head.bytes;
}

std::size_t Connection::take_chunks(std::string_view input) {
  const std::size_t held = chunked_->body.text().size();
  const ChunkedBody::Progress progress = chunked_->body.take(input);
  thread_.unfinished_bytes() += chunked_->body.text().size() - held;
  if (!progress.done && !progress.refused) return progress.used;

  const std::unique_ptr<ChunkedRequest> request = std::move(chunked_);
  thread_.unfinished_bytes() -= request->body.text().size();
  if (progress.refused) {
    refuse(*progress.refused);
    return input.size();
  }
  Head& head = thread_.head();
  const HeadVerdict verdict = check_head(request->head, thread_.settings().head, head);
  FOOTFALL_ASSERT(verdict.state == HeadState::complete);
  handle(head, request->head, request->body.text());
  return progress.used;
}

// The handler is called at once; what becomes of the body is for its answer to say.
std::size_t Connection::take_streamed(const Head& head, std::string_view input) {
  FOOTFALL_ASSERT(!exchange_.admission.may_block);
  const bool body_is_awaited = head.expects_continue && input.size() == head.bytes;
  exchange_.frame = {head.http_1_0, exchange_.head_only, head.chunked, body_is_awaited, head.content_length};
  exchange_.body_waits = exchange_.frame.has_body();
  const std::size_t head_bytes = head.bytes;
  handle(head, input.substr(0, head_bytes), {});
  return head_bytes;
}

// Reads only to learn that the client has gone, or will not stop.
void Connection::drop_input() {
  const Stream::Moved moved = read(thread_.input());
  if (moved.state == Stream::State::later) return;
  dropped_bytes_ += moved.bytes;
  const std::size_t most = phase_ == Phase::lingering ? lingering_bytes_max : dropped_bytes_max;
  if (moved.state == Stream::State::ended || dropped_bytes_ > most) close();
}

// What has come will not be answered.
void Connection::forget_input() {
  unread_.clear();
  if (chunked_ != nullptr) thread_.unfinished_bytes() -= chunked_->body.text().size();
  chunked_.reset();
}

// --- Answering ---

Request Connection::request_of(const Head& head, std::string_view body) const {
  return footfall::request_of(head, body, {peer_, stream_.is_secure(), exchange_.admission.route});
}

void Connection::handle(const Head& head, std::string_view head_text, std::string_view body) {
  thread_.tally().requests.add(1);
  if (exchange_.admission.may_block) return hand_to_worker(head_text, body);
  answer(thread_.parts().handler.handle(request_of(head, body)));
}

void Connection::hand_to_worker(std::string_view head_text, std::string_view body) {
  KeptRequest request{
      std::string(head_text), thread_.settings().head, {peer_, stream_.is_secure(), exchange_.admission.route}};
  request.text += body;
  const auto too_late = std::chrono::steady_clock::now() + thread_.settings().times.answer_max;
  auto task = request_task({*this, thread_.executor()}, thread_.parts().handler, std::move(request), too_late,
                           refusal_response(Refusal::answer_too_slow, thread_.retry_after()));
  // Before the task is submitted: its answer cannot come before this function has returned, but it will come.
  worker_busy_ = true;
  enter(Phase::working);
  if (exchange_.admission.is_quick) return thread_.parts().files.submit(std::move(task));
  if (thread_.parts().workers.try_submit(task)) return;
  worker_busy_ = false;
  thread_.tally().refusals[static_cast<std::size_t>(Refusal::queue_full)].add(1);
  respond(refusal_response(Refusal::queue_full, thread_.retry_after()));
}

void Connection::answer(Response response) {
  if (auto* const forwarding = std::get_if<std::unique_ptr<ForwardedRequest>>(&response.body)) {
    return begin_forwarding(std::move(*forwarding));
  }
  if (!response.after || thread_.gate().is_open(*response.after)) {
    footfall::finish(response);
    return respond(std::move(response));
  }
  if (thread_.parts().journal.failed()) return refuse(Refusal::journal_failed);
  const Position after = *response.after;
  gated_ = std::move(response);
  enter(Phase::gated);
  thread_.gate().wait(*this, after);
}

// Answers in the handler's place, and closes: what follows on this connection cannot be trusted, or is not wanted.
void Connection::refuse(Refusal why) {
  thread_.tally().refusals[static_cast<std::size_t>(why)].add(1);
  lingering_wanted_ = phase_ == Phase::reading || exchange_.body_waits;  // more may be coming
  Response response = refusal_response(why, thread_.retry_after());
  response.close = true;
  respond(std::move(response));
}

void Connection::respond(Response response) {
  thread_.tally().responses.at(static_cast<std::size_t>(response.status / 100)).add(1);
  const bool bodiless = exchange_.head_only || has_no_body(response.status);
  const std::optional<std::uint64_t> length = body_bytes(response);
  if (length) {
    framing_ = has_no_body(response.status) ? Framing::none : Framing::length;
  } else {
    framing_ = bodiless ? Framing::none : exchange_.http_1_0 ? Framing::until_close : Framing::chunked;
  }
  body_left_ = length.value_or(0);
  lingering_wanted_ = lingering_wanted_ || exchange_.body_waits;
  closing_ = !exchange_.keep_alive || response.close || thread_.stopping() || framing_ == Framing::until_close ||
             exchange_.body_waits;

  ResponseFrame frame{framing_, body_left_, Persistence::keep};
  if (closing_) {
    frame.persistence = Persistence::close;
  } else if (exchange_.http_1_0) {
    frame.persistence = Persistence::say_keep;
  }
  add_missing(response.headers, server_headers());
  write_head(thread_.output(), response.status, response.headers, frame, thread_.date());

  if (bodiless || length == 0) {
    drop_body(response);
    end_response();
  } else if (auto* const text = std::get_if<std::string>(&response.body)) {
    send_text(std::move(*text));
    end_response();
  } else if (auto* const kept = std::get_if<KeptBytes>(&response.body)) {
    send_kept(std::move(*kept));
    end_response();
  } else if (auto* const source = std::get_if<std::unique_ptr<BodySource>>(&response.body)) {
    source_ = std::move(*source);
    enter(Phase::streaming);
  } else {
    begin_live(std::get<LiveBody>(response.body));
  }
}

void Connection::send_text(std::string text) {
  if (text.size() <= copied_body_bytes_max) {
    thread_.output() += text;
    return;
  }
  flush();
  outbox_.add(std::move(text));
}

void Connection::send_kept(KeptBytes bytes) {
  if (bytes.part.size() <= copied_body_bytes_max) {
    thread_.output() += bytes.part;
    return;
  }
  flush();
  outbox_.add(std::move(bytes));
}

void Connection::begin_live(const LiveBody& body) {
  enter(Phase::live);
  flush();
  if (phase_ != Phase::live) return;
  pipe_ = std::make_shared<LivePipe>(thread_.executor(), *this, thread_.settings().live_bytes_max);
  subscription_ = body(pipe_);
}

// All of the response has been handed over for sending.
void Connection::end_response() {
  exchange_ = {};
  enter(closing_ ? Phase::finishing : Phase::reading);
}

// --- Sending ---

void Connection::add_piece(std::string piece) {
  if (framing_ != Framing::chunked) return outbox_.add(std::move(piece));
  outbox_.add(chunk_head(piece.size()));
  outbox_.add(std::move(piece));
  outbox_.add("\r\n");
}

// Sources are destroyed by workers: it may take as long as making a piece.
void Connection::drop(std::unique_ptr<BodySource> source) {
  WorkPool& pool = pool_of(*source);
  pool.submit(drop_task(std::move(source)));
}

WorkPool& Connection::pool_of(const BodySource& source) {
  return source.is_quick() ? thread_.parts().files : thread_.parts().workers;
}

void Connection::drop_body(Response& response) {
  auto* const source = std::get_if<std::unique_ptr<BodySource>>(&response.body);
  if (source != nullptr && *source != nullptr) drop(std::move(*source));
}

void Connection::pull_piece() {
  if (source_ == nullptr || outbox_.bytes() >= piece_bytes_usual) return;
  worker_busy_ = true;
  WorkPool& pool = pool_of(*source_);
  pool.submit(piece_task({*this, thread_.executor()}, std::move(source_)));
}

void Connection::pump_live() {
  while (phase_ == Phase::live && outbox_.empty()) {
    std::string news = pipe_->take();
    if (news.empty()) return;
    add_piece(std::move(news));
    flush();
  }
}

// Sends what the kernel takes.
void Connection::flush() {
  if (phase_ == Phase::closed) return;
  std::string& output = thread_.output();
  if (!output.empty()) {
    std::size_t sent = 0;
    if (outbox_.empty()) {
      last_sent_ = thread_.now();
      const Stream::Moved moved = stream_.write(std::span<const char>(output));
      if (moved.state == Stream::State::ended) return close();
      sent = moved.bytes;
    }
    thread_.tally().bytes_out.add(sent);
    if (sent < output.size()) outbox_.add(output.substr(sent));
    output.clear();
  }
  while (!outbox_.empty() && can_write_) {
    std::array<iovec, 16> vectors;
    const Stream::Moved moved = stream_.write(outbox_.front(vectors));
    if (moved.state == Stream::State::ended) return close();
    if (moved.state == Stream::State::later) can_write_ = false;
    thread_.tally().bytes_out.add(moved.bytes);
    outbox_.sent(moved.bytes);
    if (moved.bytes > 0) last_sent_ = thread_.now();
  }
}

// The last response has been sent.
void Connection::finish() {
  if (!stream_.say_end()) return;  // what it waits for calls again
  if (!lingering_wanted_ && unread_.empty()) return close();
  stream_.finish_sending();
  forget_input();
  enter(Phase::lingering);
}

void Connection::enter(Phase phase) {
  phase_ = phase;
  phase_began_ = thread_.now();
}

void Connection::settle() {
  go_on();
  const bool reads =
      phase_ == Phase::live || phase_ == Phase::lingering || (phase_ == Phase::reading && outbox_.empty());
  if (reads && can_read_ && !ReadyListener::is_linked()) {
    read_on();
    go_on();
  }
  if (phase_ == Phase::closed && !worker_busy_) thread_.retire(*this);
}

// Sends what is to be sent, and answers what has come.
void Connection::go_on() {
  flush();
  if (phase_ == Phase::forwarded) {
    forward();
    flush();
  }
  while (phase_ == Phase::reading && outbox_.empty() && !starved_ && !unread_.empty()) {
    take_unread();
    if (phase_ == Phase::forwarded) forward();
    flush();
  }
  if (phase_ == Phase::streaming) pull_piece();
  if (phase_ == Phase::live) pump_live();
  if (phase_ == Phase::finishing && outbox_.empty()) finish();
}

// What the client holds up ends here: waits are called off, and nothing is sent any more.
void Connection::close() {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  if (GateWaiter::is_linked()) Gate::leave(*this);
  if (pipe_ != nullptr) pipe_->leave();
  subscription_.reset();
  if (forwarder_ != nullptr) forwarder_->abandon();  // it may be on its way here
  if (source_ != nullptr) drop(std::move(source_));
  drop_body(gated_);
  gated_ = {};
  forget_input();
  outbox_.clear();
  thread_.output().clear();
  stream_.close();
}

void Connection::reset() {
  if (phase_ == Phase::closed) return;
  stream_.reset();
  close();
}

}  // namespace footfall
