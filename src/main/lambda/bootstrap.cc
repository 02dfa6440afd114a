// The program of the Lambda functions: one file named `bootstrap`, whose environment says which of them it is.

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "adapters/http_client/server_exchange.h"
#include "adapters/openssl_crypto/openssl_crypto.h"
#include "app/cloud/edge_function.h"
#include "app/json.h"
#include "base/time.h"
#include "main/lambda/cloud.h"
#include "main/system_clock.h"

namespace {

using namespace footfall;

// Where Amazon Linux keeps the authorities that HTTPS servers are known by; the OpenSSL that is built in looks where
// Debian does.
constexpr const char* authorities = "/etc/pki/tls/certs/ca-bundle.crt";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// One line an event, for CloudWatch, which keeps the time of each.
void log_line(std::string_view line) {
  std::string text(line);
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  std::fprintf(stderr, "footfall: %s\n", text.c_str());
}

// Tells why no event can be taken, and that there will be none.
int end_in_the_beginning(HttpExchange& api, const Error& error) {
  log_line(error.what);
  const ExchangeRequest told{
      Method::post,
      "/2018-06-01/runtime/init/error",
      {{"Content-Type", "application/json"}, {"Lambda-Runtime-Function-Error-Type", "Footfall.Settings"}},
      json::serialize(json::object{{"errorMessage", error.what}, {"errorType", name_of(error.code)}})};
  static_cast<void>(api.exchange(told, std::chrono::seconds(5)));
  return 1;
}

// Event after event, until there is nobody to ask for one.
int serve(HttpExchange& api, FunctionLoop::Prepare prepare) {
  FunctionLoop loop(api, std::move(prepare), log_line);
  while (true) {
    if (const auto done = loop.turn(); !done) {
      log_line(done.error().what);
      return 1;
    }
  }
}

// The functions of the edge, which know neither table nor queue.
int serve_edge(HttpExchange& api) {
  const OpensslCrypto crypto;
  const SystemClock clock;
  const auto function = EdgeFunction::open(variable("FOOTFALL_EDGE_SETTINGS"), crypto, clock);
  if (!function) return end_in_the_beginning(api, function.error());
  return serve(api, [&](const Invocation&) { return Result<Function*>(function->get()); });
}

}  // namespace

int main() {
  if (variable("SSL_CERT_FILE").empty() && ::access(authorities, R_OK) == 0) ::setenv("SSL_CERT_FILE", authorities, 0);
  const std::string host = variable("AWS_LAMBDA_RUNTIME_API");
  if (host.empty()) {
    log_line("AWS_LAMBDA_RUNTIME_API is not set: this program is started by AWS Lambda, or by what stands in for it");
    return 2;
  }
  const auto api = exchange_with("http://" + host);
  if (!api) {
    log_line("AWS_LAMBDA_RUNTIME_API: " + api.error().what);
    return 2;
  }
  if (variable("FOOTFALL_MODE") == "edge") return serve_edge(**api);
  const auto settings = read_cloud_settings([](const char* name) { return variable(name); });
  if (!settings) return end_in_the_beginning(**api, settings.error());
  const auto cloud = CloudFunction::open(
      *settings, [](const char* name) { return variable(name); }, log_line);
  if (!cloud) return end_in_the_beginning(**api, cloud.error());
  return serve(**api, [&](const Invocation& invocation) { return (*cloud)->prepare(invocation); });
}
