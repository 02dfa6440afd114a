// The sockets of one thread's connections, and which of them can go on.
//
// An epoll set within Asio's: a socket is entered once, for both directions and edge-triggered (epoll(7)), so that to
// wait costs no system call. Asio's own wait costs one each time, and a request waits once. Asio waits for the set as a
// whole.
#pragma once

#include <sys/epoll.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <span>

namespace footfall {

// What a socket can do now that it perhaps could not before; said once, so it holds until a call says `later`.
struct Readiness {
  bool reads = false;
  bool writes = false;
  bool ended = false;  // the other end sends no more, or the connection is broken: reading tells
};

// Whoever a socket belongs to; leaves the set by itself when it is destroyed, if the socket has been closed before.
class ReadyListener
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>,
                                              boost::intrusive::tag<class ReadySet>> {
 public:
  virtual ~ReadyListener() = default;

 protected:
  virtual void on_ready(Readiness readiness) = 0;

 private:
  friend class ReadySet;
};

// One thread: that of the io_context.
class ReadySet {
 public:
  using Executor = boost::asio::io_context::executor_type;

  explicit ReadySet(const Executor& executor);

  // Waits and tells, from here on.
  void begin();
  // False: the kernel has no memory for it. Closing the descriptor takes it out.
  bool add(int descriptor, ReadyListener& listener);
  // Tells `listener` that it can read once more when the others have had their turn: it has not read all there is.
  void come_back_to(ReadyListener& listener);
  // To be called by whoever is destroyed by another listener's doing: it may stand among those about to be told.
  void forget(const ReadyListener& listener);

 private:
  using Descriptor = boost::asio::posix::basic_stream_descriptor<Executor>;
  using Row = boost::intrusive::list<ReadyListener, boost::intrusive::base_hook<ReadyListener>,
                                     boost::intrusive::constant_time_size<false>>;

  void wait();
  void tell();
  void take_turns();

  Descriptor set_;
  std::span<epoll_event> about_to_be_told_;
  Row unfinished_;
  bool turn_is_due_ = false;
};

}  // namespace footfall
