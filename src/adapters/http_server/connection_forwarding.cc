// The connection's part in a forwarding: what the forwarder asks of it, and how its outcome becomes the client's.

#include <utility>

#include "adapters/http_server/connection.h"
#include "adapters/http_server/network_thread.h"
#include "base/check.h"

namespace footfall {

void Connection::begin_forwarding(std::unique_ptr<ForwardedRequest> forwarding) {
  FOOTFALL_ASSERT(exchange_.admission.body == BodyMode::streamed);
  enter(Phase::forwarded);
  forwarder_ = std::make_unique<Forwarder>(thread_, *this, std::move(forwarding), exchange_.frame);
}

void Connection::forward() { end_forwarding(forwarder_->go_on()); }

void Connection::end_forwarding(Forwarder::Outcome outcome) {
  if (outcome == Forwarder::Outcome::going || phase_ != Phase::forwarded) return;
  const std::unique_ptr<Forwarder> forwarder = std::move(forwarder_);
  exchange_.body_waits = !forwarder->has_read_request();
  switch (outcome) {
    case Forwarder::Outcome::going:
      break;
    case Forwarder::Outcome::whole:
      lingering_wanted_ = exchange_.body_waits;
      return end_response();
    case Forwarder::Outcome::failed:
      return answer(forwarder->failure());
    case Forwarder::Outcome::refused:
      return refuse(forwarder->refusal());
    case Forwarder::Outcome::broken:
      return reset();
    case Forwarder::Outcome::left:
      return close();
  }
}

Connection::Input Connection::client_input() {
  direct_input_ = {};
  if (!unread_.empty()) return {Stream::State::moved, unread_.text()};
  if (!can_read_) return {Stream::State::later, {}};
  const Stream::Moved moved = read(thread_.input());
  thread_.tally().bytes_in.add(moved.bytes);
  direct_input_ = {thread_.input().data(), moved.bytes};
  return {moved.state, direct_input_};
}

void Connection::use_client_input(std::size_t bytes) {
  if (direct_input_.empty()) return unread_.drop(bytes);
  unread_.append(direct_input_.substr(bytes));
  direct_input_ = {};
}

Persistence Connection::begin_client_response(int status, bool must_close) {
  thread_.tally().responses.at(static_cast<std::size_t>(status / 100)).add(1);
  closing_ = must_close || !exchange_.keep_alive || thread_.stopping();
  if (closing_) return Persistence::close;
  return exchange_.http_1_0 ? Persistence::say_keep : Persistence::keep;
}

std::span<const Header> Connection::server_headers() const {
  if (!stream_.is_secure()) return {};
  return thread_.settings().secure_headers;
}

}  // namespace footfall
