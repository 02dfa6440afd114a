#include "main/https_redirect.h"

#include "app/api/problem.h"
#include "app/site_hosts.h"
#include "domain/limits.h"

namespace footfall {

Admission HttpsRedirect::admit(const Request&) { return {api_body_bytes_max, false, 0}; }

Response HttpsRedirect::handle(const Request& request) {
  const std::string host = host_named(request);
  if (host.empty()) return problem(400, {ErrorCode::invalid, "the request names no host to be sent to"});
  std::string location = "https://" + host + port_ + std::string(request.path);
  if (!request.query.empty()) location += "?" + std::string(request.query);
  Response response;
  response.status = 308;
  response.headers.push_back({"location", std::move(location)});
  // The owner may change the port, or go back: browsers that have kept this would not notice.
  response.headers.push_back({"cache-control", "no-store"});
  return response;
}

}  // namespace footfall
