#include "adapters/http_server/ready_set.h"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/check.h"

namespace footfall {
namespace {

// How many are told before the thread's other work has its turn.
constexpr int told_at_once = 128;

}  // namespace

ReadySet::ReadySet(const Executor& executor) : set_(executor) {
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  FOOTFALL_ASSERT(set >= 0);  // without it no thread of the server can work
  set_.assign(set);
}

void ReadySet::begin() { wait(); }

bool ReadySet::add(int descriptor, ReadyListener& listener) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &listener;
  return ::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void ReadySet::come_back_to(ReadyListener& listener) {
  if (listener.ReadyListener::is_linked()) return;
  unfinished_.push_back(listener);
  if (std::exchange(turn_is_due_, true)) return;
  boost::asio::post(set_.get_executor(), [this] {
    turn_is_due_ = false;
    take_turns();
  });
}

void ReadySet::wait() {
  set_.async_wait(Descriptor::wait_read, [this](const boost::system::error_code& error) {
    if (!error) tell();
  });
}

void ReadySet::tell() {
  // Each stands here once; who is told may be destroyed, and may destroy others (`forget`).
  std::array<epoll_event, told_at_once> events;
  const int ready = ::epoll_wait(set_.native_handle(), events.data(), told_at_once, 0);
  about_to_be_told_ = std::span(events).first(static_cast<std::size_t>(std::max(ready, 0)));
  while (!about_to_be_told_.empty()) {
    const epoll_event event = about_to_be_told_.front();
    about_to_be_told_ = about_to_be_told_.subspan(1);
    if (event.data.ptr == nullptr) continue;
    const bool ended = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    static_cast<ReadyListener*>(event.data.ptr)
        ->on_ready({.reads = ended || (event.events & EPOLLIN) != 0,
                    .writes = ended || (event.events & EPOLLOUT) != 0,
                    .ended = ended});
  }
  about_to_be_told_ = {};
  wait();
}

void ReadySet::forget(const ReadyListener& listener) {
  for (epoll_event& event : about_to_be_told_) {
    if (event.data.ptr == &listener) event.data.ptr = nullptr;
  }
}

void ReadySet::take_turns() {
  Row again;
  again.swap(unfinished_);
  while (!again.empty()) {
    ReadyListener& listener = again.front();
    again.pop_front();
    listener.on_ready({.reads = true});
  }
}

}  // namespace footfall
