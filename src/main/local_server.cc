#include "main/local_server.h"

#include <algorithm>

#include "adapters/http_server/http_server.h"
#include "app/api/problem.h"
#include "app/json.h"
#include "base/text.h"
#include "domain/limits.h"
#include "main/local_events.h"
#include "main/system_clock.h"

namespace footfall {
namespace {

constexpr std::chrono::seconds stop_patience{5};
// Of what is asked for later: as many as this wait at once, none is larger, and each is tried so often.
constexpr std::size_t later_max = 100;
constexpr std::size_t later_bytes_max = 1'048'576;
constexpr int later_tries = 3;

// Where nothing waits for a disk: every response may be sent at once.
class NoJournal final : public Journal {
 public:
  Result<Position> append(std::span<const std::string_view> /*records*/) override {
    return Error{ErrorCode::failed, "there is no journal"};
  }
  [[nodiscard]] Position durable() const override { return 0; }
  Result<Done> wait_until_durable(Position /*position*/, std::chrono::milliseconds /*patience*/) override {
    return Done{};
  }
  std::uint64_t subscribe(std::function<void()> /*notify*/) override { return 0; }
  void unsubscribe(std::uint64_t /*subscription*/) override {}
  [[nodiscard]] bool failed() const override { return false; }
  std::unique_ptr<JournalReader> read_from(Position /*from*/) override { return nullptr; }
  [[nodiscard]] Position first() const override { return 0; }
  [[nodiscard]] Position next() const override { return 0; }
  void release(Position /*position*/) override {}
  Position part() override { return 0; }
  Result<Done> discard(Position /*position*/) override { return Done{}; }
  void limit_age(std::optional<std::chrono::seconds> /*age*/) override {}
  [[nodiscard]] JournalHealth health() const override { return {}; }
};

class StandingServer final : public LocalServer {
 public:
  Result<Done> start(const std::string& listen, HttpHandler& handler) {
    const std::size_t colon = listen.rfind(':');
    const auto address = Address::parse(listen.substr(0, colon));
    const auto port = colon == std::string::npos ? std::nullopt : parse_unsigned(listen.substr(colon + 1));
    if (!address || !port || *port > 65'535) {
      return Error{ErrorCode::invalid, "'" + listen + "' is not ADDRESS:PORT"};
    }
    HttpServerSettings settings;
    settings.address = *address;
    settings.port = static_cast<std::uint16_t>(*port);
    auto started = HttpServer::start(settings, handler, journal_);
    if (!started) return started.error();
    server_ = std::move(*started);
    url_ = "http://" + listen.substr(0, colon) + ":" + std::to_string(server_->port());
    return Done{};
  }
  ~StandingServer() override {
    if (server_) server_->stop(stop_patience);
  }
  [[nodiscard]] std::string url() const override { return url_; }

 private:
  NoJournal journal_;
  std::unique_ptr<HttpServer> server_;
  std::string url_;
};

// An error of the Lambda API, as its clients read it.
Response refused(int status, std::string_view type, std::string message) {
  Response response = json_response(status, json::serialize(json::object{{"Type", status < 500 ? "User" : "Service"},
                                                                         {"Message", std::move(message)}}));
  response.headers.push_back({"x-amzn-errortype", std::string(type)});
  return response;
}

// The function that NAME, ARN or either with `:VERSION` names; "" if none is.
std::string named_in(std::string_view path) {
  constexpr std::string_view before = "/2015-03-31/functions/";
  constexpr std::string_view after = "/invocations";
  if (!path.starts_with(before) || !path.ends_with(after) || path.size() < before.size() + after.size()) return "";
  path.remove_prefix(before.size());
  path.remove_suffix(after.size());
  std::string text = percent_decode(path).value_or("");
  while (!text.empty()) {
    const std::size_t colon = text.find(':');
    std::string part = text.substr(0, colon);
    if (std::find(function_names.begin(), function_names.end(), part) != function_names.end()) return part;
    text = colon == std::string::npos ? "" : text.substr(colon + 1);
  }
  return "";
}

std::string error_text(const Error& error) {
  return json::serialize(json::object{{"errorMessage", error.what}, {"errorType", name_of(error.code)}});
}

}  // namespace

Result<std::unique_ptr<LocalServer>> serve_locally(const std::string& listen, HttpHandler& handler) {
  auto server = std::make_unique<StandingServer>();
  if (auto started = server->start(listen, handler); !started) return started.error();
  return std::unique_ptr<LocalServer>(std::move(server));
}

Admission FunctionGateway::admit(const Request& /*request*/) { return {api_body_bytes_max, true}; }

Response FunctionGateway::handle(const Request& request) {
  const auto answer = function_.answer(json::serialize(http_event(request, SystemClock().now())));
  if (!answer) {
    log_line(answer.error().what);
    return problem(502, answer.error());
  }
  auto response = response_of(*answer);
  return response ? std::move(*response) : problem(502, response.error());
}

InvokeApi::InvokeApi(aws::Environment environment)
    : environment_(std::move(environment)), thread_([this] { do_later(); }) {}

InvokeApi::~InvokeApi() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  if (!waiting_.empty()) log_line(std::to_string(waiting_.size()) + " events that were to be handled later are lost");
}

Admission InvokeApi::admit(const Request& /*request*/) { return {function_event_bytes_max, true}; }

Result<LocalFunction*> InvokeApi::function(const std::string& name) {
  const std::lock_guard lock(mutex_);
  auto& known = functions_[name];
  if (!known) {
    auto opened = LocalFunction::open(environment_, name);
    if (!opened) return opened.error();
    known = std::move(*opened);
  }
  return known.get();
}

Response InvokeApi::handle(const Request& request) {
  const std::string name = named_in(request.path);
  if (name.empty()) {
    return refused(404, "ResourceNotFoundException",
                   "There is no such function: api, processor, compactor and edge are");
  }
  if (request.method != Method::post)
    return refused(405, "InvalidRequestContentException", "Functions are asked by POST");
  const std::string_view type = request.header("x-amz-invocation-type");
  if (!parse_json(request.body)) return refused(400, "InvalidRequestContentException", "The event is no JSON");
  if (type == "DryRun") return text_response(204, "");
  if (type == "Event") return later(name, request.body);
  if (!type.empty() && type != "RequestResponse") {
    return refused(400, "InvalidParameterValueException", "X-Amz-Invocation-Type is none that is known");
  }
  const auto asked = function(name);
  const auto answer = asked ? (*asked)->answer(request.body) : Result<std::string>(asked.error());
  Response response = json_response(200, answer ? *answer : error_text(answer.error()));
  response.headers.push_back({"x-amz-executed-version", "$LATEST"});
  if (!answer) {
    log_line(name + ": " + answer.error().what);
    response.headers.push_back({"x-amz-function-error", "Unhandled"});
  }
  return response;
}

Response InvokeApi::later(const std::string& name, std::string_view event) {
  if (event.size() > later_bytes_max) {
    return refused(413, "RequestTooLargeException", "An event for later is at most 1 MB");
  }
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= later_max) {
      return refused(429, "TooManyRequestsException", "As many events wait as may wait");
    }
    waiting_.push_back({name, std::string(event)});
  }
  changed_.notify_all();
  return text_response(202, "");
}

void InvokeApi::do_later() {
  while (true) {
    Later one;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      one = std::move(waiting_.front());
      waiting_.pop_front();
    }
    for (int turn = 1; turn <= later_tries && !stopping_; ++turn) {
      const auto asked = function(one.name);
      const auto answer = asked ? (*asked)->answer(one.event) : Result<std::string>(asked.error());
      if (answer) break;
      log_line(one.name + ", try " + std::to_string(turn) + " of " + std::to_string(later_tries) + ": " +
               answer.error().what);
    }
  }
}

}  // namespace footfall
