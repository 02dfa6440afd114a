// footfall serve: the server.

#include <csignal>
#include <cstdio>
#include <fstream>
#include <limits>
#include <map>
#include <thread>

#include "adapters/http_server/http_server.h"
#include "adapters/local_files/local_site_files.h"
#include "app/api/site_pages.h"
#include "app/metrics_page.h"
#include "app/site_json.h"
#include "base/text.h"
#include "domain/page.h"
#include "main/command_line.h"
#include "main/commands.h"
#include "main/engine.h"

namespace footfall {
namespace {

// In-flight requests have this long when the server stops.
constexpr std::chrono::milliseconds stop_patience{5'000};
constexpr std::chrono::seconds tick_interval{1};

struct ServeOptions {
  EngineSettings engine;
  std::string data = "footfall-data";
  std::string listen = "127.0.0.1:8080";
  std::vector<std::string> sites;
  std::string root;
  std::string session;  // empty: as it is registered
  std::string protect;
  std::string rate_limit = "20/s";
  std::size_t threads = 1;
  std::size_t memory_mib = 256;
  std::size_t segment_mib = 64;
  std::string disk_reserve;
};

struct ListenAddress {
  Address address;
  std::uint16_t port = 0;
};

Result<ListenAddress> parse_listen(const std::string& text) {
  const Error bad{ErrorCode::invalid, "--listen must be ADDRESS:PORT, e.g. 127.0.0.1:8080, [::]:80 or :8080"};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return bad;
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  if (host.empty()) host = "::";
  const auto port = parse_unsigned(text.substr(colon + 1));
  if (!port || *port > std::numeric_limits<std::uint16_t>::max()) return bad;
  if (host == "::") return ListenAddress{Address(), static_cast<std::uint16_t>(*port)};
  const auto address = Address::parse(host);
  if (!address) return bad;
  return ListenAddress{*address, static_cast<std::uint16_t>(*port)};
}

// "20/s" or "off".
Result<std::optional<unsigned>> parse_rate(std::string_view text) {
  if (text == "off") return std::optional<unsigned>{};
  const Error bad{ErrorCode::invalid, "--rate-limit must be N/s, e.g. 20/s, or off"};
  if (!text.ends_with("/s")) return bad;
  const auto rate = parse_unsigned(text.substr(0, text.size() - 2));
  if (!rate || *rate == 0 || *rate > 1'000'000) return bad;
  return std::optional(static_cast<unsigned>(*rate));
}

std::string url_host(const Address& address) {
  if (address.is_none()) return "127.0.0.1";
  return address.is_v4() ? address.text() : "[" + address.text() + "]";
}

void log_line(std::string_view line) {
  // Control characters in what strangers sent must not reach a terminal.
  const std::string clean = clean_utf8(line);
  std::fprintf(stderr, "footfall: %s\n", clean.c_str());
}

std::string server_metrics(const HttpServer& server) {
  const HttpServerCounters counters = server.counters();
  MetricsPage page;
  page.counter("footfall_connections_accepted_total", "Connections since the start",
               static_cast<double>(counters.connections_accepted));
  page.gauge("footfall_connections", "Open connections", static_cast<double>(counters.connections_open),
             "state=\"open\"");
  page.counter("footfall_http_requests_total", "Requests given to a handler", static_cast<double>(counters.requests));
  for (std::size_t digit = 2; digit < counters.responses.size(); ++digit) {
    page.counter("footfall_http_responses_total", "Responses by the first digit of their status",
                 static_cast<double>(counters.responses.at(digit)), "code=\"" + std::to_string(digit) + "xx\"");
  }
  // Reasons that share a code are told as one.
  std::map<std::string_view, std::uint64_t> refusals;
  for (std::size_t i = 0; i < counters.refusals.size(); ++i) {
    refusals[answer_to(static_cast<Refusal>(i)).code] += counters.refusals.at(i);
  }
  for (const auto& [code, count] : refusals) {
    page.counter("footfall_http_refusals_total", "Requests the server itself refused, by reason",
                 static_cast<double>(count), "reason=\"" + std::string(code) + "\"");
  }
  page.counter("footfall_http_bytes_in_total", "Bytes read", static_cast<double>(counters.bytes_in));
  page.counter("footfall_http_bytes_out_total", "Bytes written", static_cast<double>(counters.bytes_out));
  page.gauge("footfall_build_info", "The version", 1, "version=\"" FOOTFALL_VERSION "\"");
  return page.text();
}

// Waits for a signal to stop, calling `tick` about once a second. Returns false when the journal has failed instead.
bool wait_for_stop(const sigset_t& signals, Engine& engine) {
  const timespec second{std::chrono::seconds(tick_interval).count(), 0};
  while (true) {
    const int signal = sigtimedwait(&signals, nullptr, &second);
    if (signal == SIGTERM || signal == SIGINT) return true;
    if (engine.services().journal.failed()) return false;
    engine.tick();
  }
}

void tell_where(const std::string& url, const Engine& engine, bool token_is_given, bool has_site) {
  std::printf("listening on %s\n", url.c_str());
  std::fflush(stdout);
  if (has_site) std::fprintf(stderr, "  page:        %s/\n", url.c_str());
  std::fprintf(stderr, "  charts:      %s/dashboard\n", url.c_str());
  if (token_is_given) {
    std::fprintf(stderr, "  admin token: as given in FOOTFALL_ADMIN_TOKEN\n");
  } else {
    std::fprintf(stderr, "  admin token: %s  (kept in %s)\n", engine.admin_token().c_str(),
                 (engine.data() / "admin-token").c_str());
  }
}

// A second signal ends the process at once: what was acknowledged is on disk.
void die_at_next_signal() {
  for (const int signal : {SIGTERM, SIGINT}) std::signal(signal, SIG_DFL);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

// A new site, or one that is registered, with the settings that were given here.
Result<Done> register_site(Registry& registry, const std::string& name, const ServeOptions& options) {
  json::object settings;
  if (!options.session.empty()) settings["session"] = options.session;
  if (!options.protect.empty()) settings["protect"] = options.protect;
  Site site;
  if (const auto known = registry.site(name)) {
    if (settings.empty()) return Done{};
    site = *known;
  }
  site.name = name;
  if (auto taken = take_settings(settings, site); !taken) return taken;
  return registry.put_site(std::move(site));
}

int serve(ServeOptions& options) {
  // Before any thread is made, so that all of them leave the signals to this one.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  const auto listen = parse_listen(options.listen);
  if (!listen) return tell_error(listen.error());
  const auto rate = parse_rate(options.rate_limit);
  if (!rate) return tell_error(rate.error());
  options.engine.rate_per_second = *rate;
  options.engine.data = options.data;
  options.engine.memory_bytes = options.memory_mib << 20U;
  options.engine.segment_bytes = options.segment_mib << 20U;
  if (!options.disk_reserve.empty()) {
    const auto reserve = parse_unsigned(options.disk_reserve);
    if (!reserve) return tell_error({ErrorCode::invalid, "--disk-reserve must be a number of MiB"});
    options.engine.disk_reserve_bytes = *reserve << 20U;
  }
  if (const char* token = std::getenv("FOOTFALL_ADMIN_TOKEN"))
    options.engine.admin_token = token;  // NOLINT(concurrency-mt-unsafe)

  std::unique_ptr<LocalSiteFiles> files;
  if (!options.root.empty()) {
    auto opened = LocalSiteFiles::open(options.root, media_type);
    if (!opened) return tell_error(opened.error());
    files = std::move(*opened);
  }
  for (const std::string& name : options.sites) {
    // A name that is none is told by `register_site`.
    if (const auto site = parse_site(name)) options.engine.sites.push_back(*site);
  }
  auto engine = Engine::open(options.engine, files.get(), log_line);
  if (!engine) return tell_error(engine.error());
  for (const std::string& name : options.sites) {
    if (const auto put = register_site((*engine)->services().registry, name, options); !put) {
      return tell_error(put.error());
    }
  }

  HttpServerSettings settings;
  settings.address = listen->address;
  settings.port = listen->port;
  settings.network_threads = options.threads;
  settings.may_open_many = [&engine = **engine](const Address& peer) {
    return peer.is_loopback() || engine.is_trusted_proxy(peer);
  };
  auto server = HttpServer::start(settings, (*engine)->handler(), (*engine)->services().journal);
  if (!server) {
    static_cast<void>((*engine)->close());
    return tell_error({ErrorCode::failed, server.error().what});
  }
  (*engine)->on_metrics([&server = **server] { return server_metrics(server); });
  const std::string url = "http://" + url_host(listen->address) + ":" + std::to_string((*server)->port());
  std::ofstream(endpoint_file(options.data)) << url << "\n";
  tell_where(url, **engine, !options.engine.admin_token.empty(), files != nullptr);

  const bool asked = wait_for_stop(signals, **engine);
  die_at_next_signal();
  std::error_code ignored;
  std::filesystem::remove(endpoint_file(options.data), ignored);
  if (!asked) log_line("the journal has stopped; ending, so that the next start can find what is on disk");
  (*engine)->stop_being_ready();
  (*server)->stop(stop_patience);
  if (!asked) return exit_failed;
  if (const auto closed = (*engine)->close(); !closed) {
    log_line("the store is behind: " + closed.error().what + "; the journal has the rest");
  }
  return exit_done;
}

}  // namespace

void add_serve_command(CLI::App& app, Outcome& outcome) {
  CLI::App* command = app.add_subcommand("serve", "Count: answer on HTTP, keep every visit, show it");
  auto options = std::make_shared<ServeOptions>();
  command->add_option("--data", options->data, "The data folder; made at the first start")->capture_default_str();
  command->add_option("--listen", options->listen, "ADDRESS:PORT; port 0 takes any free one")->capture_default_str();
  command->add_option("--site", options->sites, "A site to register (may be repeated)")->delimiter(',');
  command->add_option("--root", options->root, "A folder of files to serve as the site");
  command
      ->add_option("--session", options->session, "How the edge gives a session: redirect, response (default) or off")
      ->check(CLI::IsMember({"redirect", "response", "off"}));
  command->add_option("--protect", options->protect, "Who may record: off, origin (default) or strict")
      ->check(CLI::IsMember({"off", "origin", "strict"}));
  command->add_option("--rate-limit", options->rate_limit, "Recording requests of one address, N/s or off")
      ->capture_default_str();
  command
      ->add_option("--trusted-proxy", options->engine.trusted_proxies,
                   "Proxies in front whose word about the client counts: addresses, networks, loopback, private")
      ->delimiter(',');
  command
      ->add_option("--dropped-days", options->engine.dropped_days,
                   "Days for which hits that policy dropped are kept, to be re-admitted")
      ->check(CLI::Range(1U, retention_days_max))
      ->capture_default_str();
  command->add_option("--prefix", options->engine.prefix, "Stands before Footfall's own routes, e.g. /stats");
  command->add_option("--geoip", options->engine.geoip,
                      "A country or city database (.mmdb); else the one that comes along");
  command->add_option("--webhook", options->engine.webhook, "A URL that is told of wins and claims");
  command->add_option("--webhook-secret", options->engine.webhook_secret, "What those messages are signed with");
  command->add_option("--threads", options->threads, "Network threads")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->add_option("--memory", options->memory_mib, "MiB that the store may use")
      ->check(CLI::Range(64, 1 << 20))
      ->capture_default_str();
  command->add_option("--journal-segment", options->segment_mib, "MiB of a journal segment")
      ->check(CLI::Range(1, 1'024))
      ->capture_default_str();
  command->add_option("--disk-reserve", options->disk_reserve,
                      "MiB of disk that must stay free (default: the larger of 1 GiB and 5 %)");
  add_twins(*command);
  command->footer(
      "The admin token is FOOTFALL_ADMIN_TOKEN, or else one that is made at the first start and kept in the\n"
      "data folder. SIGTERM answers what is under way, stores everything and ends.");
  command->callback([options, &outcome] { outcome.code = serve(*options); });
}

}  // namespace footfall
