// How commands reach the API: in this process on a data folder of its own, or over HTTP on a running server.
//
// Every command speaks the same routes either way, so what a command can do, a script can do.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/http_client/http_client.h"
#include "base/result.h"

namespace footfall {

struct ApiOptions {
  std::string data = "footfall-data";
  std::string server;  // http(s)://HOST:PORT; empty: the data folder, or the server that holds it
  std::string token;   // for `server`; empty: FOOTFALL_ADMIN_TOKEN, or the admin token of the data folder
};

class ApiAccess {
 public:
  // Opens the data folder; when a server holds it, speaks to that.
  static Result<std::unique_ptr<ApiAccess>> open(const ApiOptions& options);
  virtual ~ApiAccess() = default;

  // Any 2xx answer; everything else is an Error with the problem's own words.
  virtual Result<ClientResponse> call(const ClientRequest& request, const HttpClient::Take& take = {}) = 0;
  // Waits until what was sent is in the store, and ends. Commands that write call it last.
  virtual Result<Done> finish() = 0;
  // "the data folder footfall-data" or "the server at http://…".
  [[nodiscard]] virtual std::string where() const = 0;
};

// Runs a command's work with the API; when that is done, finishes. The exit code; what is wrong is told.
int run_with_api(const ApiOptions& options, const std::function<int(ApiAccess&)>& work);

// Where the server that holds a data folder says how it is reached.
std::string endpoint_file(const std::string& data);

}  // namespace footfall
