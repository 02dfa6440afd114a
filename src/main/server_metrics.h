// What the HTTP server counts, as lines of /metrics.
#pragma once

#include <string>

#include "adapters/http_server/http_server.h"
#include "adapters/http_server/tls.h"

namespace footfall {

// `tls` may be null.
std::string server_metrics(const HttpServer& server, const Tls* tls);

}  // namespace footfall
