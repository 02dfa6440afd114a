// HTTP ports of this machine in front of functions: as API Gateway asks them, and as the Lambda API is asked for them.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.h"
#include "main/local_functions.h"
#include "ports/http.h"

namespace footfall {

// An HTTP server without a journal behind it, until it is destroyed.
class LocalServer {
 public:
  virtual ~LocalServer() = default;
  // http://ADDRESS:PORT
  [[nodiscard]] virtual std::string url() const = 0;
};
// `listen`: ADDRESS:PORT, port 0 for any free one. `handler` outlives it. Errors: invalid (`listen`), those of the
// port.
Result<std::unique_ptr<LocalServer>> serve_locally(const std::string& listen, HttpHandler& handler);

// As API Gateway does it: a request becomes an event (payload 2.0), the function's answer a response.
class FunctionGateway final : public HttpHandler {
 public:
  explicit FunctionGateway(LocalFunction& function) : function_(function) {}
  Admission admit(const Request& request) override;
  Response handle(const Request& request) override;

 private:
  LocalFunction& function_;
};

// As the Lambda API does it: POST /2015-03-31/functions/NAME/invocations with an event. What is asked for later
// (`X-Amz-Invocation-Type: Event`) is done by a thread of its own, up to three times; what waits at the end is lost,
// and told.
//   source  AWS Lambda API reference, "Invoke"
class InvokeApi final : public HttpHandler {
 public:
  explicit InvokeApi(aws::Environment environment);
  ~InvokeApi() override;
  Admission admit(const Request& request) override;
  Response handle(const Request& request) override;

 private:
  struct Later {
    std::string name, event;
  };
  // Opened when it is first asked for: what one function lacks keeps no other from its work.
  Result<LocalFunction*> function(const std::string& name);
  Response later(const std::string& name, std::string_view event);
  void do_later();

  const aws::Environment environment_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<LocalFunction>> functions_;
  std::condition_variable changed_;
  std::deque<Later> waiting_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace footfall
