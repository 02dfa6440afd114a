// Sends who comes by plain HTTP to the same page over HTTPS.
#pragma once

#include <cstdint>
#include <string>

#include "ports/http.h"

namespace footfall {

// Any thread.
class HttpsRedirect final : public HttpHandler {
 public:
  // `port` is the one that HTTPS is reached at.
  explicit HttpsRedirect(std::uint16_t port) : port_(port == 443 ? "" : ":" + std::to_string(port)) {}

  Admission admit(const Request& request) override;
  // 308, so that a POST stays one; 400 without a host.
  Response handle(const Request& request) override;

 private:
  const std::string port_;  // as a URL has it
};

}  // namespace footfall
