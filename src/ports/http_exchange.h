// Asks a server over HTTP and waits for what it says.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/text.h"
#include "ports/http.h"

namespace footfall {

struct ExchangeRequest {
  Method method = Method::get;
  std::string target = "/";  // path and query
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // Doing it twice is as good as once: it may be sent again by itself when a kept connection turns out to be closed.
  bool repeatable = false;
};

struct ExchangeResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  // The first header of this name, any case; "" if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const {
    for (const auto& [named, value] : headers) {
      if (equals_ignoring_case(named, name)) return value;
    }
    return {};
  }
};

// Keeps a connection open between requests. One thread at a time.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;
  //   errors  unavailable  nobody answers there: nothing was asked
  //           forbidden    the server's certificate is not to be trusted: nothing was asked
  //           timed_out    no answer within `patience`: it may have been done
  //           failed       the connection broke: it may have been done
  //           too_large    the answer is longer than can be held: it was done
  virtual Result<ExchangeResponse> exchange(const ExchangeRequest& request, std::chrono::milliseconds patience) = 0;
};

// Opens one to `http://HOST[:PORT]` or `https://HOST[:PORT]`. Error: invalid.
using OpenExchange = std::function<Result<std::unique_ptr<HttpExchange>>(std::string_view url)>;

}  // namespace footfall
