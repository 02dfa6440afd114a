// What a connection has done by the workers. The result is posted to the connection's thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "adapters/http_server/connection.h"
#include "adapters/http_server/head_check.h"
#include "adapters/http_server/work_pool.h"
#include "ports/http.h"

namespace footfall {

// What is known of a request besides its text.
struct RequestOrigin {
  Address peer;
  bool secure = false;
  std::size_t route = 0;
};

// The connection stays until it has been called, closed or not.
struct TaskOwner {
  Connection& connection;
  boost::asio::io_context::executor_type executor;
};

// A copy of a request: the connection's own buffer is needed for what comes.
struct KeptRequest {
  std::string text;  // head and body
  HeadLimits limits;
  RequestOrigin origin;
};

// Answers a request with Connection::on_answer. One that has waited until `too_late` is not begun, and gets `apology`.
std::unique_ptr<Task> request_task(const TaskOwner& owner, HttpHandler& handler, KeptRequest request,
                                   std::chrono::steady_clock::time_point too_late, Response apology);

// Makes the next piece of a body for Connection::on_piece.
std::unique_ptr<Task> piece_task(const TaskOwner& owner, std::unique_ptr<BodySource> source);

// Only destroys a source, as that may take as long as making a piece.
std::unique_ptr<Task> drop_task(std::unique_ptr<BodySource> source);

// The request a head and a body make, with views into both.
Request request_of(const Head& head, std::string_view body, const RequestOrigin& origin);

}  // namespace footfall
