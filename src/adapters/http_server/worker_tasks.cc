#include "adapters/http_server/worker_tasks.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "base/check.h"

namespace footfall {
namespace {

class RequestTask final : public Task {
 public:
  RequestTask(const TaskOwner& owner, HttpHandler& handler, KeptRequest request,
              std::chrono::steady_clock::time_point too_late, Response apology)
      : owner_(owner),
        handler_(handler),
        request_(std::move(request)),
        too_late_(too_late),
        apology_(std::move(apology)) {}

  void run() override {
    Response response = std::chrono::steady_clock::now() < too_late_ ? handle() : std::move(apology_);
    // Its names would be views into the request, which ends here.
    FOOTFALL_ASSERT(!std::holds_alternative<std::unique_ptr<ForwardedRequest>>(response.body));
    boost::asio::post(owner_.executor, [&connection = owner_.connection, response = std::move(response)]() mutable {
      connection.on_answer(std::move(response));
    });
  }

 private:
  Response handle() {
    Head head;
    const HeadVerdict verdict = check_head(request_.text, request_.limits, head);
    FOOTFALL_ASSERT(verdict.state == HeadState::complete);
    const std::string_view body = std::string_view(request_.text).substr(head.bytes);
    return handler_.handle(request_of(head, body, request_.origin));
  }

  const TaskOwner owner_;
  HttpHandler& handler_;
  const KeptRequest request_;
  const std::chrono::steady_clock::time_point too_late_;
  Response apology_;
};

class PieceTask final : public Task {
 public:
  PieceTask(const TaskOwner& owner, std::unique_ptr<BodySource> source) : owner_(owner), source_(std::move(source)) {}

  void run() override {
    Result<std::string> piece = source_->next();
    boost::asio::post(owner_.executor, [&connection = owner_.connection, source = std::move(source_),
                                        piece = std::move(piece)]() mutable {
      connection.on_piece(std::move(source), std::move(piece));
    });
  }

 private:
  const TaskOwner owner_;
  std::unique_ptr<BodySource> source_;
};

class DropTask final : public Task {
 public:
  explicit DropTask(std::unique_ptr<BodySource> source) : source_(std::move(source)) {}
  void run() override { source_.reset(); }

 private:
  std::unique_ptr<BodySource> source_;
};

}  // namespace

std::unique_ptr<Task> request_task(const TaskOwner& owner, HttpHandler& handler, KeptRequest request,
                                   std::chrono::steady_clock::time_point too_late, Response apology) {
  return std::make_unique<RequestTask>(owner, handler, std::move(request), too_late, std::move(apology));
}

std::unique_ptr<Task> piece_task(const TaskOwner& owner, std::unique_ptr<BodySource> source) {
  return std::make_unique<PieceTask>(owner, std::move(source));
}

std::unique_ptr<Task> drop_task(std::unique_ptr<BodySource> source) {
  return std::make_unique<DropTask>(std::move(source));
}

Request request_of(const Head& head, std::string_view body, const RequestOrigin& origin) {
  Request request;
  request.method = head.method;
  request.path = head.path;
  request.query = head.query;
  request.headers = head.fields();
  request.body = body;
  request.peer = origin.peer;
  request.secure = origin.secure;
  request.route = origin.route;
  request.upgrade = head.upgrade;
  return request;
}

}  // namespace footfall
