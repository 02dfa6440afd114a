// footfall local: the functions of AWS on this machine, in this process, with events as AWS would send them.

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <thread>

#include "adapters/aws/sqs_queue.h"
#include "adapters/http_client/server_exchange.h"
#include "adapters/http_server/http_server.h"
#include "adapters/openssl_crypto/openssl_crypto.h"
#include "app/api/problem.h"
#include "domain/limits.h"
#include "main/command_line.h"
#include "main/commands.h"
#include "main/lambda/cloud.h"
#include "main/local_events.h"
#include "main/signals.h"
#include "main/system_clock.h"

namespace footfall {
namespace {

// What AWS gives the two functions of cloud/.
constexpr std::chrono::seconds event_time{30};
constexpr std::chrono::seconds signal_interval{1};
constexpr std::chrono::seconds queue_patience{1};
constexpr std::chrono::seconds stop_patience{5};

struct LocalOptions {
  std::string kind;
  std::vector<std::string> assignments;
  std::string mode;
  std::string event_file = "-";
  std::string environment_file;
  std::string listen = "127.0.0.1:8081";
  bool with_processor = false;
};

Result<std::string> read_all(const std::string& name) {
  std::stringstream text;
  if (name == "-") {
    for (int c = std::getchar(); c != EOF; c = std::getchar()) text.put(static_cast<char>(c));
    return text.str();
  }
  std::ifstream file(name, std::ios::binary);
  text << file.rdbuf();
  if (!file) return Error{ErrorCode::not_found, "cannot read " + name};
  return text.str();
}

// Variables of a JSON object stand before those of this process.
Result<aws::Environment> environment_of(const std::string& name) {
  std::map<std::string, std::string, std::less<>> variables;
  if (!name.empty()) {
    const auto text = read_all(name);
    if (!text) return text.error();
    const auto value = parse_json(*text);
    if (!value || !value->is_object()) return Error{ErrorCode::invalid, name + " holds no JSON object"};
    for (const auto& [variable, one] : value->get_object()) {
      if (!one.is_string()) return Error{ErrorCode::invalid, name + ": '" + std::string(variable) + "' must be text"};
      variables.emplace(variable, one.get_string());
    }
  }
  return aws::Environment([variables = std::move(variables)](const char* variable) -> std::string {
    if (const auto found = variables.find(variable); found != variables.end()) return found->second;
    const char* value = std::getenv(variable);
    return value == nullptr ? "" : value;
  });
}

void log_line(std::string_view line) { std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data()); }

// A function with the environment of its mode.
Result<std::unique_ptr<CloudFunction>> open_function(const aws::Environment& environment, const std::string& mode) {
  const aws::Environment with_mode = [environment, mode](const char* name) {
    return std::string_view(name) == "FOOTFALL_MODE" ? mode : environment(name);
  };
  auto settings = read_cloud_settings(with_mode);
  if (!settings) return settings.error();
  return CloudFunction::open(*std::move(settings), with_mode, log_line);
}

Result<std::string> answer_of(CloudFunction& function, std::string_view event) {
  const auto ready = function.prepare({"local", SystemClock().now() + event_time, ""});
  if (!ready) return ready.error();
  return (*ready)->handle(event);
}

// --- a server in front of the api's function ---

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

class FunctionServer final : public HttpHandler {
 public:
  explicit FunctionServer(CloudFunction& function) : function_(function) {}

  Admission admit(const Request& /*request*/) override { return {api_body_bytes_max, true}; }
  Response handle(const Request& request) override {
    const std::string event = json::serialize(http_event(request, SystemClock().now()));
    // AWS gives a function one event at a time.
    const std::lock_guard lock(mutex_);
    const auto answer = answer_of(function_, event);
    if (!answer) {
      log_line(answer.error().what);
      return problem(502, answer.error());
    }
    auto response = response_of(*answer);
    return response ? std::move(*response) : problem(502, response.error());
  }

 private:
  CloudFunction& function_;
  std::mutex mutex_;
};

// --- what takes messages out of the queue for the processor's function ---

class QueuePoller {
 public:
  static Result<std::unique_ptr<QueuePoller>> start(const aws::Environment& environment) {
    auto poller = std::make_unique<QueuePoller>();
    auto function = open_function(environment, "processor");
    if (!function) return function.error();
    poller->function_ = std::move(*function);
    auto queue = open_queue(environment, [&poller = *poller](std::chrono::milliseconds time) { poller.pause(time); });
    if (!queue) return queue.error();
    poller->queue_ = std::move(*queue);
    poller->thread_ = std::thread([&poller = *poller] { poller.loop(); });
    return poller;
  }
  ~QueuePoller() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  void pause(std::chrono::milliseconds time) {
    if (!stopping_) std::this_thread::sleep_for(time);
  }

  void loop() {
    while (!stopping_) {
      auto messages = queue_->receive(queue_batch_messages_max, queue_patience);
      if (!messages) {
        log_line("queue: " + messages.error().what);
        pause(signal_interval);
        continue;
      }
      if (messages->empty()) continue;
      const auto answer = answer_of(*function_, json::serialize(queue_event(*messages)));
      const auto failed = answer ? failures_of(*answer) : Result<std::vector<std::string>>(answer.error());
      if (!failed) {
        log_line("processor: " + failed.error().what);
        continue;
      }
      std::erase_if(*messages, [&](const QueuedMessage& message) {
        return std::find(failed->begin(), failed->end(), message.id) != failed->end();
      });
      if (const auto removed = queue_->remove(*messages); !removed) log_line("queue: " + removed.error().what);
    }
  }

  static Result<std::unique_ptr<VisitQueue>> open_queue(const aws::Environment& environment,
                                                        std::function<void(std::chrono::milliseconds)> wait);

  std::unique_ptr<CloudFunction> function_;
  std::unique_ptr<VisitQueue> queue_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

// A queue with all that it stands on.
class StandingQueue final : public VisitQueue {
 public:
  explicit StandingQueue(const aws::Environment& environment) : credentials_(environment, exchange_with, clock_) {}

  Result<Done> open(const CloudSettings& settings, std::function<void(std::chrono::milliseconds)> wait) {
    aws::ServiceSettings service;
    service.scope = {settings.region, "sqs"};
    service.endpoint = settings.sqs_endpoint;
    service.protocol = "1.0";
    auto client = aws::AwsClient::make(service, {clock_, crypto_, credentials_, exchange_with, std::move(wait)});
    if (!client) return client.error();
    queue_ = std::make_unique<aws::SqsQueue>(std::move(*client), settings.queue_url);
    return Done{};
  }
  Result<Done> send(std::span<const std::string_view> messages) override { return queue_->send(messages); }
  Result<std::vector<QueuedMessage>> receive(std::size_t messages_max, std::chrono::seconds patience) override {
    return queue_->receive(messages_max, patience);
  }
  Result<Done> remove(std::span<const QueuedMessage> messages) override { return queue_->remove(messages); }

 private:
  SystemClock clock_;
  OpensslCrypto crypto_;
  aws::CredentialSource credentials_;
  std::unique_ptr<aws::SqsQueue> queue_;
};

Result<std::unique_ptr<VisitQueue>> QueuePoller::open_queue(const aws::Environment& environment,
                                                            std::function<void(std::chrono::milliseconds)> wait) {
  const auto settings = read_cloud_settings([environment](const char* name) {
    return std::string_view(name) == "FOOTFALL_MODE" ? std::string("api") : environment(name);
  });
  if (!settings) return settings.error();
  auto queue = std::make_unique<StandingQueue>(environment);
  if (auto opened = queue->open(*settings, std::move(wait)); !opened) return opened.error();
  return std::unique_ptr<VisitQueue>(std::move(queue));
}

// --- the commands ---

int generate_event(const LocalOptions& options) {
  auto event = sample_event(options.kind, SystemClock().now());
  if (!event) return tell_error(event.error());
  for (const std::string& assignment : options.assignments) {
    if (const auto set = set_in(*event, assignment); !set) return tell_error(set.error());
  }
  std::printf("%s\n", json::serialize(*event).c_str());
  return exit_done;
}

int invoke(const LocalOptions& options) {
  const auto environment = environment_of(options.environment_file);
  if (!environment) return tell_error(environment.error());
  const auto event = read_all(options.event_file);
  if (!event) return tell_error(event.error());
  const auto function = open_function(*environment, options.mode);
  if (!function) return tell_error(function.error());
  const auto answer = answer_of(**function, *event);
  if (!answer) return tell_error(answer.error());
  std::printf("%s\n", answer->c_str());
  return exit_done;
}

int start_api(const LocalOptions& options) {
  // Before any thread is made, so that all of them leave the signals to this one.
  const Signals signals;
  const std::size_t colon = options.listen.rfind(':');
  const auto address = Address::parse(options.listen.substr(0, colon));
  const auto port = colon == std::string::npos ? std::nullopt : parse_unsigned(options.listen.substr(colon + 1));
  if (!address || !port || *port > 65'535) {
    return tell_error({ErrorCode::invalid, "'" + options.listen + "' is not ADDRESS:PORT"});
  }
  const auto environment = environment_of(options.environment_file);
  if (!environment) return tell_error(environment.error());
  const auto function = open_function(*environment, "api");
  if (!function) return tell_error(function.error());
  std::unique_ptr<QueuePoller> poller;
  if (options.with_processor) {
    auto started = QueuePoller::start(*environment);
    if (!started) return tell_error(started.error());
    poller = std::move(*started);
  }
  FunctionServer handler(**function);
  NoJournal journal;
  HttpServerSettings settings;
  settings.address = *address;
  settings.port = static_cast<std::uint16_t>(*port);
  const auto server = HttpServer::start(settings, handler, journal);
  if (!server) return tell_error(server.error());
  std::printf("listening on http://%s:%u\n", options.listen.substr(0, colon).c_str(), (*server)->port());
  std::fflush(stdout);
  while (signals.wait(signal_interval) != Signals::Came::stop) {
  }
  signals.let_the_next_one_kill();
  (*server)->stop(stop_patience);
  return exit_done;
}

}  // namespace

void add_local_commands(CLI::App& app, Outcome& outcome) {
  CLI::App* local = app.add_subcommand("local", "The functions of AWS on this machine (docs/cloud.md)");
  local->require_subcommand(1);
  auto options = std::make_shared<LocalOptions>();
  const auto add = [&](const char* name, const char* what, int (*run)(const LocalOptions&)) {
    CLI::App* command = local->add_subcommand(name, what);
    command->callback([options, &outcome, run] { outcome.code = run(*options); });
    return command;
  };
  CLI::App* event = add("generate-event", "Print an event as AWS would send it", generate_event);
  event->add_option("kind", options->kind, "http2, url, rest1 or sqs")->required();
  event->add_option("--set", options->assignments, "PATH=VALUE: what to change in it, e.g. rawPath=/api/counters");
  CLI::App* once = add("invoke", "Give a function one event and print its answer", invoke);
  once->add_option("mode", options->mode, "api or processor")->required();
  once->add_option("--event", options->event_file, "The file of the event; - is standard input")->capture_default_str();
  CLI::App* server = add("start-api", "Answer on HTTP by way of the api's function", start_api);
  server->add_option("--listen", options->listen, "ADDRESS:PORT; port 0 is any free one")->capture_default_str();
  server->add_flag("--processor", options->with_processor, "Also move what waits in the queue into the table");
  for (CLI::App* command : {once, server}) {
    command->add_option("--environment", options->environment_file,
                        "A JSON object of variables, beside those of this process");
  }
}

}  // namespace footfall
