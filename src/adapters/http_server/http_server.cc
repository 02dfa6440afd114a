#include "adapters/http_server/http_server.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <future>
#include <mutex>
#include <vector>

#include "adapters/http_server/connection_limits.h"
#include "adapters/http_server/listener.h"
#include "adapters/http_server/network_thread.h"
#include "adapters/http_server/work_pool.h"

namespace footfall {

struct HttpServer::Parts {
  Parts(const HttpServerSettings& given, HttpHandler& handler, Journal& journal_)
      : settings(given),
        journal(journal_),
        connections(settings),
        workers("footfall-query", settings.worker_threads, settings.requests_waiting_max),
        files("footfall-files", settings.file_threads, settings.connections_max) {
    const std::size_t threads_wanted = std::max<std::size_t>(1, settings.network_threads);
    for (std::size_t i = 0; i < threads_wanted; ++i) {
      threads.push_back(
          std::make_unique<NetworkThread>(ServerParts{settings, handler, journal, workers, files, connections}));
    }
    // The first thread listens, and deals the connections out in turn.
    listener = std::make_unique<Listener>(threads.front()->executor(), settings, connections, threads.front()->tally(),
                                          [this](int descriptor, const Address& peer) {
                                            threads[next_thread]->adopt(descriptor, peer);
                                            next_thread = (next_thread + 1) % threads.size();
                                          });
  }

  const HttpServerSettings settings;
  Journal& journal;
  ConnectionLimits connections;
  WorkPool workers;
  WorkPool files;
  std::vector<std::unique_ptr<NetworkThread>> threads;
  std::unique_ptr<Listener> listener;
  std::size_t next_thread = 0;
  std::uint64_t subscription = 0;

  std::mutex stopping;
  bool stopped = false;
};

Result<std::unique_ptr<HttpServer>> HttpServer::start(const HttpServerSettings& settings, HttpHandler& handler,
                                                      Journal& journal) {
  auto parts = std::make_unique<Parts>(settings, handler, journal);
  if (const auto listening = parts->listener->open(); !listening) return listening.error();
  parts->subscription = journal.subscribe([threads = &parts->threads] {
    for (const auto& thread : *threads) thread->wake_gate();
  });
  parts->listener->begin();
  for (const auto& thread : parts->threads) thread->start();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(parts)));
}

HttpServer::HttpServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

HttpServer::~HttpServer() { stop(std::chrono::milliseconds(0)); }

Address HttpServer::address() const { return parts_->settings.address; }

std::uint16_t HttpServer::port() const { return parts_->listener->port(); }

void HttpServer::stop(std::chrono::milliseconds patience) {
  const std::lock_guard lock(parts_->stopping);
  if (parts_->stopped) return;
  parts_->stopped = true;
  std::promise<void> listener_stopped;
  boost::asio::post(parts_->threads.front()->executor(), [&] {
    parts_->listener->stop();
    listener_stopped.set_value();
  });
  listener_stopped.get_future().wait();
  for (const auto& thread : parts_->threads) thread->begin_stop();
  parts_->connections.wait_until_none(patience);
  parts_->journal.unsubscribe(parts_->subscription);
  parts_->workers.stop();
  parts_->files.stop();
  for (const auto& thread : parts_->threads) thread->end();
}

HttpServerCounters HttpServer::counters() const {
  HttpServerCounters sum;
  for (const auto& thread : parts_->threads) thread->tally().add_to(sum);
  sum.connections_open = parts_->connections.open();
  return sum;
}

}  // namespace footfall
