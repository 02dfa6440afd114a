// footfall local: the functions of AWS on this machine, in this process, with events as AWS would send them.

#include <array>
#include <cstdio>
#include <memory>

#include "adapters/openssl_crypto/openssl_crypto.h"
#include "app/json.h"
#include "base/text.h"
#include "main/command_line.h"
#include "main/commands.h"
#include "main/lambda/cloud.h"
#include "main/local_edge.h"
#include "main/local_events.h"
#include "main/local_functions.h"
#include "main/local_pollers.h"
#include "main/local_server.h"
#include "main/local_services.h"
#include "main/signals.h"
#include "main/system_clock.h"

namespace footfall {
namespace {

constexpr std::chrono::seconds signal_interval{1};
// EventBridge asks hourly; whoever tries things out would not wait that long.
constexpr std::chrono::seconds schedule_interval{60};
constexpr const char* any_port = "127.0.0.1:0";

struct LocalOptions {
  std::string kind;
  std::vector<std::string> assignments;
  std::string function;
  std::string event_file = "-";
  std::string at;
  std::string environment_file;
  std::string listen = "127.0.0.1:8081";
  std::string edge_listen = "127.0.0.1:8080";
  std::string lambda_listen = "127.0.0.1:9001";
  std::string root;
  std::string api;
  std::string settings_file;
  std::string checkout;
  std::string site = "localhost";
  bool with_processor = false;
  bool with_compactor = false;
};

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
  std::optional<Instant> now;
  if (!options.at.empty()) {
    const auto time = parse_time(options.at);
    if (!time) return tell_error(time.error());
    now = *time;
  }
  const auto event = read_whole(options.event_file);
  if (!event) return tell_error(event.error());
  const auto function = LocalFunction::open(*environment, options.function, now);
  if (!function) return tell_error(function.error());
  const auto answer = (*function)->answer(*event);
  if (!answer) return tell_error(answer.error());
  std::printf("%s\n", answer->c_str());
  return exit_done;
}

void say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

// Until a signal comes, or a program ends that is needed.
int wait_for_the_end(const Signals& signals, std::initializer_list<ChildProcess*> needed) {
  while (signals.wait(signal_interval) != Signals::Came::stop) {
    for (ChildProcess* child : needed) {
      if (child->has_ended()) return tell_error({ErrorCode::failed, "a program that is needed has ended"});
    }
  }
  signals.let_the_next_one_kill();
  return exit_done;
}

// What goes on beside the api's function, as long as it lives.
struct Pollers {
  std::unique_ptr<Poller> queue, marks;

  Result<Done> start(const aws::Environment& environment, bool with_processor, bool with_compactor) {
    if (with_processor) {
      auto started = poll_queue(environment);
      if (!started) return started.error();
      queue = std::move(*started);
    }
    if (with_compactor) {
      auto started = poll_marks(environment, schedule_interval);
      if (!started) return started.error();
      marks = std::move(*started);
    }
    return Done{};
  }
};

int start_api(const LocalOptions& options) {
  // Before any thread is made, so that all of them leave the signals to this one.
  const Signals signals;
  const auto environment = environment_of(options.environment_file);
  if (!environment) return tell_error(environment.error());
  const auto function = LocalFunction::open(*environment, "api");
  if (!function) return tell_error(function.error());
  Pollers pollers;
  if (auto started = pollers.start(*environment, options.with_processor, options.with_compactor); !started) {
    return tell_error(started.error());
  }
  FunctionGateway gateway(**function);
  const auto server = serve_locally(options.listen, gateway);
  if (!server) return tell_error(server.error());
  say("listening on " + (*server)->url());
  return wait_for_the_end(signals, {});
}

int start_lambda(const LocalOptions& options) {
  const Signals signals;
  const auto environment = environment_of(options.environment_file);
  if (!environment) return tell_error(environment.error());
  InvokeApi api(*environment);
  const auto server = serve_locally(options.lambda_listen, api);
  if (!server) return tell_error(server.error());
  say("listening on " + (*server)->url());
  return wait_for_the_end(signals, {});
}

// The settings of an edge that stands in front of an API of this environment.
Result<std::string> settings_for(const aws::Environment& environment) {
  if (std::string given = environment("FOOTFALL_EDGE_SETTINGS"); !given.empty()) return given;
  const auto settings = read_cloud_settings(with_variables(environment, {{"FOOTFALL_MODE", "api"}}));
  if (!settings) return settings.error();
  if (settings->sites.empty()) return Error{ErrorCode::invalid, "FOOTFALL_SITE names no site for the edge"};
  auto table = open_table(environment, [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); });
  if (!table) return table.error();
  const auto keys = (*table)->session_keys();
  if (!keys) return keys.error();
  return edge_settings(settings->sites.front(), *keys);
}

int start_edge(const LocalOptions& options) {
  const Signals signals;
  const auto checkout = checkout_with(options.checkout, "cloud/tools/local_edge.mjs");
  if (!checkout) return tell_error(checkout.error());
  const auto environment = environment_of(options.environment_file);
  if (!environment) return tell_error(environment.error());
  auto files = PassingFolder::make();
  if (!files) return tell_error(files.error());
  EdgeOptions edge_options{options.root, options.api, options.settings_file, options.edge_listen, *checkout};
  if (edge_options.settings_file.empty()) {
    if (!options.api.empty() && (*environment)("FOOTFALL_EDGE_SETTINGS").empty()) {
      return tell_error({ErrorCode::invalid,
                         "an API of one's own is told who asks by its keys: --settings FILE, or "
                         "FOOTFALL_EDGE_SETTINGS, has them"});
    }
    const auto settings = settings_for(*environment);
    if (!settings) return tell_error(settings.error());
    auto written = (*files)->write("edge.json", *settings);
    if (!written) return tell_error(written.error());
    edge_options.settings_file = *written;
  }
  // Without one that is given, the API is the function in this process.
  std::unique_ptr<LocalFunction> function;
  std::unique_ptr<FunctionGateway> gateway;
  Pollers pollers;
  std::unique_ptr<LocalServer> server;
  if (options.api.empty()) {
    auto opened = LocalFunction::open(*environment, "api");
    if (!opened) return tell_error(opened.error());
    function = std::move(*opened);
    if (auto started = pollers.start(*environment, true, true); !started) return tell_error(started.error());
    gateway = std::make_unique<FunctionGateway>(*function);
    auto served = serve_locally(any_port, *gateway);
    if (!served) return tell_error(served.error());
    server = std::move(*served);
    edge_options.api = server->url();
  }
  auto edge = start_local_edge(edge_options, **files);
  if (!edge) return tell_error(edge.error());
  say("listening on " + edge->url);
  return wait_for_the_end(signals, {edge->process.get()});
}

std::string new_token() {
  std::array<std::byte, 24> bytes{};
  OpensslCrypto().random(bytes);
  return to_base64url(bytes);
}

int start_cloud(const LocalOptions& options) {
  const Signals signals;
  const auto checkout = checkout_with(options.checkout, "tests/cloud/start_emulators.mjs");
  if (!checkout) return tell_error(checkout.error());
  const auto given = environment_of(options.environment_file);
  if (!given) return tell_error(given.error());
  auto emulated = start_emulators(*checkout);
  if (!emulated) return tell_error(emulated.error());
  std::string token = (*given)("FOOTFALL_ADMIN_TOKEN");
  if (token.empty()) token = new_token();
  auto variables = emulated->environment;
  variables["FOOTFALL_SITE"] = options.site;
  variables["FOOTFALL_ADMIN_TOKEN"] = token;
  // As it is deployed: whoever finds the API's own address gets nothing.
  variables["FOOTFALL_EDGE"] = "required";
  const aws::Environment environment = with_variables(*given, variables);

  const auto function = LocalFunction::open(environment, "api");
  if (!function) return tell_error(function.error());
  Pollers pollers;
  if (auto started = pollers.start(environment, true, true); !started) return tell_error(started.error());
  FunctionGateway gateway(**function);
  const auto api = serve_locally(any_port, gateway);
  if (!api) return tell_error(api.error());

  auto files = PassingFolder::make();
  if (!files) return tell_error(files.error());
  const auto settings = settings_for(environment);
  if (!settings) return tell_error(settings.error());
  const auto settings_file = (*files)->write("edge.json", *settings);
  if (!settings_file) return tell_error(settings_file.error());
  const std::string root = options.root.empty() ? *checkout + "/examples/site" : options.root;
  auto edge = start_local_edge({root, (*api)->url(), *settings_file, options.edge_listen, *checkout}, **files);
  if (!edge) return tell_error(edge.error());

  say("listening on " + edge->url);
  say("  the site's files: " + root + ", as https://" + options.site);
  say("  the api's function: " + (*api)->url() + ", which believes the edge alone");
  say("  SQS and DynamoDB: " + variables["AWS_ENDPOINT_URL"] + ", table " + variables["FOOTFALL_TABLE"] + ", queue " +
      variables["FOOTFALL_QUEUE_URL"]);
  say("  the admin token: " + token);
  say("One page view, by way of edge, api, queue, processor and table:");
  say("  curl -sL -c jar -b jar -o page.html " + edge->url + "/");
  say("  curl -s -b jar " + edge->url + "/api/event -d '{\"n\":\"pageview\",\"u\":\"https://" + options.site +
      "/\",\"d\":\"" + options.site + "\"}'");
  say("  curl -s -H 'Authorization: Bearer " + token + "' '" + edge->url + "/api/visits?site=" + options.site +
      "&path=/'");
  return wait_for_the_end(signals, {edge->process.get(), emulated->process.get()});
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
  event
      ->add_option("kind", options->kind,
                   "http2, url or rest1: a request for api; sqs: a batch for processor; streams or schedule: for "
                   "compactor; cff or edge: a view for edge, as CloudFront Functions or Lambda@Edge have it")
      ->required();
  event->add_option("--set", options->assignments,
                    "PATH=VALUE: what to change in it, as JSON or else text, e.g. rawPath=/api/counters or "
                    "Records.0.messageId=m1");

  CLI::App* once =
      add("invoke",
          "Give a function one event and print its answer. api, processor and compactor speak to the "
          "endpoints of the environment (AWS_ENDPOINT_URL, FOOTFALL_TABLE, … in docs/cloud.md); edge needs "
          "FOOTFALL_EDGE_SETTINGS alone, the value that the edge's own store holds",
          invoke);
  once->add_option("function", options->function, "api, processor, compactor or edge")->required();
  once->add_option("--event", options->event_file, "The file of the event; - is standard input")->capture_default_str();
  once->add_option("--at", options->at,
                   "The moment that edge takes it for, e.g. 2026-11-21T09:03:00Z; without it, now");

  CLI::App* server = add("start-api", "Answer on HTTP by way of the api's function", start_api);
  server->add_option("--listen", options->listen, "ADDRESS:PORT; port 0 is any free one")->capture_default_str();
  server->add_flag("--processor", options->with_processor, "Also move what waits in the queue into the table");
  server->add_flag("--compactor", options->with_compactor,
                   "Also have days summed: those that are over, and those that visits come late for");

  CLI::App* lambda =
      add("start-lambda",
          "Answer as the API of AWS Lambda does, for functions named api, processor, compactor and edge: "
          "aws lambda invoke --endpoint-url http://127.0.0.1:9001 --function-name api --payload "
          "fileb://event.json answer.json",
          start_lambda);
  lambda->add_option("--listen", options->lambda_listen, "ADDRESS:PORT; port 0 is any free one")->capture_default_str();

  CLI::App* edge = add("start-edge",
                       "Serve a folder as CloudFront does, by the functions of its edge, in front of an API. Needs "
                       "Node.js and a checkout",
                       start_edge);
  edge->add_option("--root", options->root, "The folder of the site's files")
      ->required()
      ->check(CLI::ExistingDirectory);
  edge->add_option("--api", options->api, "http://…: an API that runs; without it, the functions in this process");
  edge->add_option("--settings", options->settings_file,
                   "Keys and settings of the edge (docs/edge_functions.md); without it, those of "
                   "FOOTFALL_EDGE_SETTINGS, or the keys in the table for the first site of FOOTFALL_SITE")
      ->check(CLI::ExistingFile);

  CLI::App* cloud = add("start-cloud",
                        "All of it until Ctrl-C: SQS and DynamoDB emulated, the functions, and the edge in front of a "
                        "folder; says how to follow a page view through it. Needs Node.js and a checkout",
                        start_cloud);
  cloud->add_option("--root", options->root, "The folder of the site's files; without it, the example's")
      ->check(CLI::ExistingDirectory);
  cloud->add_option("--site", options->site, "The site's host name")->capture_default_str();

  for (CLI::App* command : {edge, cloud}) {
    command->add_option("--listen", options->edge_listen, "ADDRESS:PORT of the edge; port 0 is any free one")
        ->capture_default_str();
    command->add_option("--checkout", options->checkout,
                        "Footfall's sources; without it, those that this program was built in");
  }
  for (CLI::App* command : {once, server, lambda, edge, cloud}) {
    command->add_option("--environment", options->environment_file,
                        "A JSON object of variables, which stand before those of this process");
  }
}

}  // namespace footfall
