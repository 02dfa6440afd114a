#include "adapters/http_server/ready_set.h"

#include <sys/epoll.h>

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
  // Who is told may be destroyed, but nobody else is, and each stands here once.
  std::array<epoll_event, told_at_once> events;
  const int ready = ::epoll_wait(set_.native_handle(), events.data(), told_at_once, 0);
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events.at(static_cast<std::size_t>(i));
    const bool ended = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    static_cast<ReadyListener*>(event.data.ptr)
        ->on_ready({.reads = ended || (event.events & EPOLLIN) != 0,
                    .writes = ended || (event.events & EPOLLOUT) != 0,
                    .ended = ended});
  }
  wait();
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
