#include "main/serve_options.h"

#include <cstdlib>
#include <limits>
#include <utility>

#include "base/text.h"
#include "domain/limits.h"
#include "main/command_line.h"

namespace footfall {
namespace {

// Two years: what the list of sites that browsers preload asks for.
constexpr std::uint64_t hsts_seconds_max = 63'072'000;

Result<ListenAddress> parse_listen(const std::string& flag, const std::string& text) {
  const Error bad{ErrorCode::invalid, flag + " must be ADDRESS:PORT, e.g. 127.0.0.1:8080, [::]:80 or :8080"};
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

Result<Done> plan_engine(const ServeOptions& options, EngineSettings& engine) {
  engine = options.engine;
  const auto rate = parse_rate(options.rate_limit);
  if (!rate) return rate.error();
  engine.rate_per_second = *rate;
  engine.data = options.data;
  engine.memory_bytes = options.memory_mib << 20U;
  engine.segment_bytes = options.segment_mib << 20U;
  if (!options.disk_reserve.empty()) {
    const auto reserve = parse_unsigned(options.disk_reserve);
    if (!reserve) return Error{ErrorCode::invalid, "--disk-reserve must be a number of MiB"};
    engine.disk_reserve_bytes = *reserve << 20U;
  }
  const char* const token = std::getenv("FOOTFALL_ADMIN_TOKEN");  // NOLINT(concurrency-mt-unsafe): nothing sets it
  if (token != nullptr) engine.admin_token = token;
  return Done{};
}

Result<Done> plan_tls(const ServeOptions& options, ServePlan& plan) {
  const bool wanted = !options.tls_certificate.empty();
  if (wanted != !options.tls_key.empty()) {
    return Error{ErrorCode::invalid, "--tls-cert and --tls-key go together"};
  }
  if (!wanted && !options.http_redirect.empty()) {
    return Error{ErrorCode::invalid, "--http-redirect sends to HTTPS, which needs --tls-cert and --tls-key"};
  }
  if (!wanted && options.hsts_seconds > 0) {
    return Error{ErrorCode::invalid, "--hsts speaks of HTTPS, which needs --tls-cert and --tls-key"};
  }
  if (!wanted) return Done{};
  auto tls = Tls::load({options.tls_certificate, options.tls_key});
  if (!tls) return tls.error();
  plan.http.tls = *std::move(tls);
  if (options.hsts_seconds > 0) {
    plan.http.secure_headers.push_back(
        {"strict-transport-security", "max-age=" + std::to_string(options.hsts_seconds)});
  }
  if (options.http_redirect.empty()) return Done{};
  auto redirect = parse_listen("--http-redirect", options.http_redirect);
  if (!redirect) return redirect.error();
  plan.http_redirect = *redirect;
  return Done{};
}

}  // namespace

std::string ListenAddress::authority(std::uint16_t bound) const {
  const std::string number = ":" + std::to_string(bound);
  if (address.is_none()) return "127.0.0.1" + number;
  return (address.is_v4() ? address.text() : "[" + address.text() + "]") + number;
}

Result<ServePlan> plan_of(const ServeOptions& options) {
  ServePlan plan;
  auto listen = parse_listen("--listen", options.listen);
  if (!listen) return listen.error();
  plan.listen = *listen;
  if (auto planned = plan_engine(options, plan.engine); !planned) return planned.error();
  plan.http.address = plan.listen.address;
  plan.http.port = plan.listen.port;
  plan.http.network_threads = options.threads;
  if (auto planned = plan_tls(options, plan); !planned) return planned.error();
  return plan;
}

Result<std::vector<ConfiguredSite>> configured_sites(const ServeOptions& options) {
  std::vector<ConfiguredSite> sites;
  if (!options.config.empty()) {
    auto read = read_site_tables(options.config);
    if (!read) return read.error();
    sites = *std::move(read);
  }
  return with_flags(std::move(sites), options.site);
}

void add_serve_options(CLI::App& command, ServeOptions& options) {
  command.add_option("--data", options.data, "The data folder; made at the first start")->capture_default_str();
  command.add_option("--listen", options.listen, "ADDRESS:PORT; port 0 takes any free one")->capture_default_str();

  const char* const https = "HTTPS";
  command.add_option("--tls-cert", options.tls_certificate, "The certificate and its chain, in PEM; then all is HTTPS")
      ->group(https);
  command.add_option("--tls-key", options.tls_key, "Its private key, in PEM, without a passphrase")->group(https);
  command
      .add_option("--http-redirect", options.http_redirect,
                  "ADDRESS:PORT where plain HTTP is answered with the way to HTTPS (308)")
      ->group(https);
  command
      .add_option("--hsts", options.hsts_seconds,
                  "Tell browsers to use nothing but HTTPS for so many seconds; 0 does not tell them")
      ->check(CLI::Range(std::uint64_t{0}, hsts_seconds_max))
      ->capture_default_str()
      ->group(https);

  const char* const site = "Sites (several: in the configuration file)";
  command.add_option("--site", options.site.sites, "A site to register (may be repeated)")->delimiter(',')->group(site);
  command.add_option("--root", options.site.root, "A folder of files to serve as the site")->group(site);
  command
      .add_option("--upstream", options.site.upstream,
                  "An application that answers for the site: http://HOST:PORT; not with --root")
      ->group(site);
  command
      .add_option("--session", options.site.session,
                  "How the edge gives a session: redirect, response (default) or off")
      ->check(CLI::IsMember({"redirect", "response", "off"}))
      ->group(site);
  command.add_option("--protect", options.site.protect, "Who may record: off, origin (default) or strict")
      ->check(CLI::IsMember({"off", "origin", "strict"}))
      ->group(site);

  command.add_option("--rate-limit", options.rate_limit, "Recording requests of one address, N/s or off")
      ->capture_default_str();
  command
      .add_option("--trusted-proxy", options.engine.trusted_proxies,
                  "Proxies in front whose word about the client counts: addresses, networks, loopback, private")
      ->delimiter(',');
  command
      .add_option("--dropped-days", options.engine.dropped_days,
                  "Days for which hits that policy dropped are kept, to be re-admitted")
      ->check(CLI::Range(1U, retention_days_max))
      ->capture_default_str();
  command.add_option("--prefix", options.engine.prefix, "Stands before Footfall's own routes, e.g. /stats");
  command.add_option("--geoip", options.engine.geoip,
                     "A country or city database (.mmdb); else the one that comes along");
  command.add_option("--webhook", options.engine.webhook, "A URL that is told of wins and claims");
  command.add_option("--webhook-secret", options.engine.webhook_secret, "What those messages are signed with");
  command.add_option("--threads", options.threads, "Network threads")->check(CLI::Range(1, 64))->capture_default_str();
  command.add_option("--memory", options.memory_mib, "MiB that the store may use")
      ->check(CLI::Range(64, 1 << 20))
      ->capture_default_str();
  command.add_option("--journal-segment", options.segment_mib, "MiB of a journal segment")
      ->check(CLI::Range(1, 1'024))
      ->capture_default_str();
  command.add_option("--disk-reserve", options.disk_reserve,
                     "MiB of disk that must stay free (default: the larger of 1 GiB and 5 %)");
  add_twins(command, &options.config);
  command.footer(R"(One site, its pages from a folder:
  footfall serve --data /var/lib/footfall --listen 127.0.0.1:8080 --site example.com --root ./public

Several sites, told apart by the Host of a request, stand in the file that --config names:
  listen = "[::]:443"
  tls-cert = "/etc/footfall/certificate.pem"
  tls-key = "/etc/footfall/key.pem"
  http-redirect = "[::]:80"
  [site."example.com"]
  root = "/srv/example.com"
  hosts = ["blog.example.com"]
  [site."example.org"]
  session = "redirect"
  protect = "strict"
A site's keys are root or upstream, and its settings by their names in the API: session, protect, hosts,
session_idle_seconds, session_max_seconds, dialects, address, address_days, user_agent_days, visit_days,
honour_dnt, honour_gpc. "www." before a site's host leads to it too. Flags go before environment variables
(FOOTFALL_LISTEN for --listen), these before the file.

Signals: SIGHUP reads the certificate, its key and the sites of the file again; what is wrong with them is
said in one line and changes nothing. SIGTERM answers what is under way, stores everything and ends.

The admin token is FOOTFALL_ADMIN_TOKEN, or else one that is made at the first start and kept in the data folder.)");
}

}  // namespace footfall
