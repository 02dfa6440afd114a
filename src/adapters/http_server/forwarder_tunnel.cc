// The forwarder after a response 101: two connections tied together, each half ending by itself.

#include <span>
#include <string_view>

#include "adapters/http_server/forwarder.h"
#include "adapters/http_server/network_thread.h"

namespace footfall {

Forwarder::Outcome Forwarder::begin_tunnel(std::string_view rest) {
  step_ = Step::tunnel;
  up_.clear();
  up_sent_ = 0;
  body_was_sent_ = true;
  thread_.output() += rest;
  client_.flush_client();
  return step_ == Step::over ? Outcome::left : Outcome::going;
}

Forwarder::Outcome Forwarder::tie() {
  if (!tie_up()) return Outcome::left;
  const Outcome outcome = tie_down();
  if (outcome != Outcome::going || step_ == Step::over) return outcome;
  const bool is_empty = up_.empty() && client_.client_backlog() == 0;
  return client_ended_ && origin_ended_ && is_empty ? Outcome::left : Outcome::going;
}

// From the client to the origin. False: the origin takes nothing any more.
bool Forwarder::tie_up() {
  for (int pieces = 0; pieces < pieces_at_once; ++pieces) {
    if (!send_held()) return true;
    if (origin_is_deaf_) return false;
    if (client_ended_) return true;
    const auto input = client_.client_input();
    if (input.state == Stream::State::later) return true;
    if (input.state == Stream::State::ended) {
      client_ended_ = true;
      connection_->finish_sending();
      return true;
    }
    up_ = input.bytes;
    client_.use_client_input(input.bytes.size());
    note_progress();
  }
  turn_is_over_ = true;
  return true;
}

Forwarder::Outcome Forwarder::tie_down() {
  for (int pieces = 0; pieces < pieces_at_once; ++pieces) {
    if (client_.client_backlog() > 0 || origin_ended_ || !connection_->can_read()) return Outcome::going;
    const std::span<char> room = thread_.origins().input();
    const OriginConnection::Moved moved = connection_->read(room);
    switch (moved.result) {
      case OriginConnection::Result::later:
        return Outcome::going;
      case OriginConnection::Result::broken:
        return Outcome::broken;
      case OriginConnection::Result::ended:
        origin_ended_ = true;
        client_.finish_client();
        return Outcome::going;
      case OriginConnection::Result::moved:
        break;
    }
    note_progress();
    thread_.output().append(room.data(), moved.bytes);
    client_.flush_client();
    if (step_ == Step::over) return Outcome::left;
  }
  turn_is_over_ = true;
  return Outcome::going;
}

}  // namespace footfall
