#include "main/server_metrics.h"

#include <cstdint>
#include <map>
#include <string_view>

#include "app/metrics_page.h"

namespace footfall {

std::string server_metrics(const HttpServer& server, const Tls* tls) {
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
  for (std::size_t digit = 0; digit < counters.origin_responses.size(); ++digit) {
    page.counter("footfall_upstream_requests_total",
                 "Requests sent on to the site's server, by the first digit of the answer's status; none: no answer",
                 static_cast<double>(counters.origin_responses.at(digit)),
                 digit == 0 ? "code=\"none\"" : "code=\"" + std::to_string(digit) + "xx\"");
  }
  page.counter("footfall_upstream_connect_failures_total",
               "Requests for which no address of the site's server answered",
               static_cast<double>(counters.origin_connect_failures));
  page.gauge("footfall_upstream_connections", "Connections to the site's server",
             static_cast<double>(counters.origin_connections));
  page.counter("footfall_http_bytes_in_total", "Bytes read", static_cast<double>(counters.bytes_in));
  page.counter("footfall_http_bytes_out_total", "Bytes written", static_cast<double>(counters.bytes_out));
  if (tls != nullptr) {
    const TlsCounters handshakes = tls->counters();
    page.counter("footfall_tls_handshakes_total", "TLS handshakes, by how they ended",
                 static_cast<double>(handshakes.full), "result=\"full\"");
    page.counter("footfall_tls_handshakes_total", "TLS handshakes, by how they ended",
                 static_cast<double>(handshakes.resumed), "result=\"resumed\"");
    page.counter("footfall_tls_handshakes_total", "TLS handshakes, by how they ended",
                 static_cast<double>(handshakes.failed), "result=\"failed\"");
    page.gauge("footfall_tls_certificate_good_until_seconds", "When the TLS certificate expires, in Unix time",
               static_cast<double>(tls->good_until().time_since_epoch().count()));
  }
  page.gauge("footfall_build_info", "The version", 1, "version=\"" FOOTFALL_VERSION "\"");
  return page.text();
}

}  // namespace footfall
