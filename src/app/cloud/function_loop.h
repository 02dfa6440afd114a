// The loop of a Lambda function's own runtime: asks for an event, hands it on, sends the answer.
//   source  AWS Lambda developer guide, "Using the Lambda runtime API", 2018-06-01
#pragma once

#include <functional>
#include <string>

#include "app/cloud/functions.h"
#include "base/time.h"
#include "ports/http_exchange.h"

namespace footfall {

struct Invocation {
  std::string id;
  Instant deadline;
  std::string trace_id;  // X-Ray's; may be empty
};

class FunctionLoop {
 public:
  // Called before each event is handled. Error: it cannot be, and why.
  using Prepare = std::function<Result<Function*>(const Invocation&)>;

  // `api` speaks to AWS_LAMBDA_RUNTIME_API and outlives it.
  FunctionLoop(HttpExchange& api, Prepare prepare, FunctionLog log)
      : api_(api), prepare_(std::move(prepare)), log_(std::move(log)) {}

  // One event from asking for it to answering it. Error: the runtime API is gone, and the process with it should end.
  Result<Done> turn();

 private:
  Result<Done> tell(const std::string& target, std::string body, bool is_error);

  HttpExchange& api_;
  Prepare prepare_;
  FunctionLog log_;
};

}  // namespace footfall
