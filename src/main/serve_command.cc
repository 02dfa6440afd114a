// footfall serve: the server.

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "adapters/http_server/http_server.h"
#include "adapters/openssl_crypto/openssl_crypto.h"
#include "base/text.h"
#include "main/api_access.h"
#include "main/command_line.h"
#include "main/commands.h"
#include "main/counter_config.h"
#include "main/engine.h"
#include "main/https_redirect.h"
#include "main/serve_options.h"
#include "main/served_sites.h"
#include "main/server_metrics.h"
#include "main/signals.h"

namespace footfall {
namespace {

// In-flight requests have this long when the server stops.
constexpr std::chrono::milliseconds stop_patience{5'000};
constexpr std::chrono::seconds tick_interval{1};

void log_line(std::string_view line) {
  // Control characters in what strangers sent must not reach a terminal.
  const std::string clean = clean_utf8(line);
  std::fprintf(stderr, "footfall: %s\n", clean.c_str());
}

void warn_of(const Tls& tls) {
  for (const std::string& warning : tls.warnings(std::chrono::system_clock::now())) log_line("warning: " + warning);
}

// What runs while the program serves, in the order of its making.
struct Serving {
  explicit Serving(const ServeOptions& given) : options(given) {}

  const ServeOptions& options;
  OpensslCrypto crypto;
  ServedSites sites;
  std::shared_ptr<Tls> tls;  // null: plain HTTP
  std::unique_ptr<Engine> engine;
  std::unique_ptr<HttpServer> server;
  std::unique_ptr<HttpsRedirect> redirect;
  std::unique_ptr<HttpServer> redirect_server;

  Result<Done> use_sites(std::shared_ptr<const OpenedSites> opened) {
    if (auto set = set_counters(engine->services().collector, crypto, opened->sites); !set) return set;
    if (auto registered = register_sites(engine->services().registry, *opened); !registered) return registered;
    sites.use(engine->services().registry, std::move(opened));
    return Done{};
  }

  Result<Done> listen(const ServePlan& plan) {
    HttpServerSettings http = plan.http;
    http.may_open_many = [this](const Address& peer) { return peer.is_loopback() || engine->is_trusted_proxy(peer); };
    auto started = HttpServer::start(http, engine->handler(), engine->services().journal);
    if (!started) return started.error();
    server = *std::move(started);
    engine->on_metrics([this] { return server_metrics(*server, tls.get()); });
    if (!plan.http_redirect) return Done{};
    redirect = std::make_unique<HttpsRedirect>(server->port());
    HttpServerSettings settings;
    settings.address = plan.http_redirect->address;
    settings.port = plan.http_redirect->port;
    settings.worker_threads = 1;  // it answers at once
    auto redirecting = HttpServer::start(settings, *redirect, engine->services().journal);
    if (!redirecting) return redirecting.error();
    redirect_server = *std::move(redirecting);
    return Done{};
  }

  // Reads again what a SIGHUP is for. Each part that is wrong is told, and stays as it was.
  void reload() {
    if (tls != nullptr) {
      if (auto reloaded = tls->reload(); !reloaded) {
        log_line("kept the TLS certificate as it was: " + reloaded.error().what);
      } else {
        log_line("read the TLS certificate again: " + tls->description());
        warn_of(*tls);
      }
    }
    if (options.config.empty()) return;
    const auto reloaded = [&]() -> Result<std::size_t> {
      auto configured = configured_sites(options);
      if (!configured) return configured.error();
      const std::size_t count = configured->size();
      auto opened = open_sites(*std::move(configured), crypto);
      if (!opened) return opened.error();
      if (auto used = use_sites(*std::move(opened)); !used) return used.error();
      return count;
    }();
    if (!reloaded) {
      log_line("kept the sites as they were: " + reloaded.error().what);
    } else {
      log_line("read the sites again: " + std::to_string(*reloaded));
    }
  }

  // Until a signal stops the server. False: the journal has failed instead.
  bool wait(const Signals& signals) {
    while (true) {
      switch (signals.wait(tick_interval)) {
        case Signals::Came::stop:
          return true;
        case Signals::Came::hang_up:
          reload();
          break;
        case Signals::Came::nothing:
          break;
      }
      if (engine->services().journal.failed()) return false;
      engine->tick();
    }
  }
};

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

int serve(const ServeOptions& options) {
  // Before any thread is made, so that all of them leave the signals to this one.
  const Signals signals;
  Serving serving{options};
  const auto plan = plan_of(options);
  if (!plan) return tell_error(plan.error());
  serving.tls = plan->http.tls;
  if (serving.tls != nullptr) warn_of(*serving.tls);
  auto configured = configured_sites(options);
  if (!configured) return tell_error(configured.error());
  auto opened = open_sites(*std::move(configured), serving.crypto);
  if (!opened) return tell_error(opened.error());
  const bool has_pages = (*opened)->for_any_host != nullptr || !(*opened)->backends.empty();

  EngineSettings settings = plan->engine;
  settings.serves = [&serving](std::string_view site) { return serving.sites.serves(site); };
  auto engine = Engine::open(settings, &serving.sites, log_line);
  if (!engine) return tell_error(engine.error());
  serving.engine = *std::move(engine);
  if (const auto used = serving.use_sites(*std::move(opened)); !used) return tell_error(used.error());
  if (const auto listening = serving.listen(*plan); !listening) {
    serving.server.reset();
    static_cast<void>(serving.engine->close());
    return tell_error({ErrorCode::failed, listening.error().what});
  }
  const std::string scheme = serving.tls != nullptr ? "https://" : "http://";
  const std::string url = scheme + plan->listen.authority(serving.server->port());
  std::ofstream(endpoint_file(options.data)) << url << "\n";
  if (serving.redirect_server != nullptr) {
    std::fprintf(stderr, "  to HTTPS:    http://%s\n",
                 plan->http_redirect->authority(serving.redirect_server->port()).c_str());
  }
  tell_where(url, *serving.engine, !plan->engine.admin_token.empty(), has_pages);

  const bool asked = serving.wait(signals);
  signals.let_the_next_one_kill();
  std::error_code ignored;
  std::filesystem::remove(endpoint_file(options.data), ignored);
  if (!asked) log_line("the journal has stopped; ending, so that the next start can find what is on disk");
  serving.engine->stop_being_ready();
  if (serving.redirect_server != nullptr) serving.redirect_server->stop(std::chrono::milliseconds(0));
  serving.server->stop(stop_patience);
  if (!asked) return exit_failed;
  if (const auto closed = serving.engine->close(); !closed) {
    log_line("the store is behind: " + closed.error().what + "; the journal has the rest");
  }
  return exit_done;
}

}  // namespace

void add_serve_command(CLI::App& app, Outcome& outcome) {
  CLI::App* command = app.add_subcommand("serve", "Count: answer on HTTP or HTTPS, keep every visit, show it");
  auto options = std::make_shared<ServeOptions>();
  add_serve_options(*command, *options);
  command->callback([options, &outcome] { outcome.code = serve(*options); });
}

}  // namespace footfall
