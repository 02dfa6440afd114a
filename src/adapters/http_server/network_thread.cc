#include "adapters/http_server/network_thread.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "adapters/http_server/threads.h"
#include "adapters/http_server/tls.h"

namespace footfall {

// Posting is safe from any thread; the descriptors are used by this one only, so the reactor needs no locks.
NetworkThread::NetworkThread(const ServerParts& parts)
    : parts_(parts),
      io_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO),
      stay_(io_.get_executor()),
      ticker_(io_.get_executor()),
      ready_(io_.get_executor()),
      gate_(parts.journal),
      now_(std::chrono::steady_clock::now()),
      random_(std::random_device{}()) {
  date_.refresh();
}

NetworkThread::~NetworkThread() { end(); }

void NetworkThread::start() {
  thread_ = start_thread("footfall-http", [this] {
    await_tick();
    ready_.begin();
    io_.run();
  });
}

void NetworkThread::adopt(int descriptor, const Address& peer) {
  boost::asio::dispatch(io_, [this, descriptor, peer] { open_connection(descriptor, peer); });
}

void NetworkThread::open_connection(int descriptor, const Address& peer) {
  Tls* const tls = settings().tls.get();
  Stream stream(descriptor, tls == nullptr ? nullptr : tls->accept(descriptor));
  auto* const connection = new Connection(*this, std::move(stream), peer);
  connections_.push_back(*connection);
  connection->start();
}

void NetworkThread::retire(Connection& connection) {
  const Address peer = connection.peer();
  connections_.erase_and_dispose(connections_.iterator_to(connection), [](Connection* gone) { delete gone; });
  parts_.connections.leave(peer);
}

void NetworkThread::wake_gate() {
  if (gate_wake_asked_.exchange(true)) return;
  boost::asio::post(io_, [this] {
    // Before looking: a commit from here on asks for another look.
    gate_wake_asked_.exchange(false);
    gate_.open();
  });
}

void NetworkThread::begin_stop() {
  boost::asio::post(io_, [this] {
    stopping_ = true;
    for_each_connection([](Connection& connection) { connection.on_tick(); });
  });
}

void NetworkThread::end() {
  if (!thread_.joinable()) return;
  io_.stop();
  thread_.join();
  // What they wait for stays in io_ and is never called.
  while (!connections_.empty()) retire(connections_.front());
}

void NetworkThread::tick() {
  now_ = std::chrono::steady_clock::now();
  date_.refresh();
  tally_.unfinished_bytes.set(unfinished_bytes_);
  for_each_connection([](Connection& connection) { connection.on_tick(); });
  origins_.on_tick();
}

void NetworkThread::await_tick() {
  ticker_.expires_after(settings().times.tick);
  ticker_.async_wait([this](const boost::system::error_code&) {
    tick();
    await_tick();
  });
}

// `use` may destroy the connection it is given, and no other.
template <typename F>
void NetworkThread::for_each_connection(F&& use) {
  for (auto at = connections_.begin(); at != connections_.end();) use(*at++);
}

}  // namespace footfall
