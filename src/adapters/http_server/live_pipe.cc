#include "adapters/http_server/live_pipe.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace footfall {

bool LivePipe::send(std::string_view piece) {
  return state_.with([&](State& state) {
    if (state.left || state.overrun) return false;
    state.overrun = state.waiting.size() + piece.size() > bytes_max_;
    if (!state.overrun) state.waiting += piece;
    // The news that it was dropped reaches a reader that is waiting for its client, and would not look here.
    if (!state.wake_asked || state.overrun) {
      state.wake_asked = true;
      // Within the lock: a reader that leaves waits for us, so its thread is still there.
      boost::asio::post(executor_, [self = shared_from_this()] {
        if (self->reader_ != nullptr) self->reader_->on_live();
      });
    }
    return !state.overrun;
  });
}

std::string LivePipe::take() {
  return state_.with([](State& state) {
    state.wake_asked = false;
    return std::exchange(state.waiting, {});
  });
}

bool LivePipe::overrun() const {
  return state_.with([](const State& state) { return state.overrun; });
}

void LivePipe::leave() {
  reader_ = nullptr;
  state_.with([](State& state) {
    state.left = true;
    state.waiting.clear();
  });
}

}  // namespace footfall
