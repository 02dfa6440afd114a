// One request to an HTTP server, and its answer: what the command line needs to speak to a running Footfall.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ports/http.h"

namespace footfall {

struct ClientRequest {
  Method method = Method::get;
  std::string target;  // path and query
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // Doing it twice is as good as once. Then it is sent again when a kept connection breaks, which is nearly always one
  // that the server had closed meanwhile.
  bool repeatable = true;
};

struct ClientResponse {
  int status = 0;
  std::string body;  // empty when it was handed on piece by piece
  std::vector<std::pair<std::string, std::string>> headers{};
};

// Whether an HTTPS server must prove who it is.
enum class ServerProof : std::uint8_t {
  certificate,  // one for its host, signed by an authority that this machine trusts (or is named in SSL_CERT_FILE)
  none,         // it is known otherwise: on this machine, named by a file that only its owner writes
};

// Keeps one connection open between requests. One thread at a time.
class HttpClient {
 public:
  // `url` is http://HOST[:PORT] or https://HOST[:PORT]. Errors: invalid (another scheme, no host).
  static Result<std::unique_ptr<HttpClient>> make(std::string_view url, ServerProof proof = ServerProof::certificate);
  virtual ~HttpClient() = default;

  // Sends and waits. With `take`, a 2xx body is handed on as it comes instead of being held.
  //   errors  unavailable  nobody answers there
  //           forbidden    its certificate is not to be trusted
  //           timed_out    no answer within `patience`
  //           failed       the connection broke, or what came is not HTTP
  using Take = std::function<Result<Done>(std::string_view piece)>;
  virtual Result<ClientResponse> send(const ClientRequest& request, std::chrono::seconds patience,
                                      const Take& take = {}) = 0;
};

}  // namespace footfall
