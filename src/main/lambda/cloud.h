// Footfall on AWS, put together: the queue, the table, and the function of one mode.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/aws/credentials.h"
#include "app/cloud/function_loop.h"
#include "app/cloud/functions.h"
#include "base/result.h"

namespace footfall {

struct CloudSettings {
  std::string mode;                // "api", "processor" or "compactor"
  std::string table;               // its name
  std::string queue_url;           // of the api alone
  std::vector<std::string> sites;  // registered if they are not yet
  bool lean = false;               // packs alone, without rows
  std::optional<unsigned> row_days;
  std::string region;
  std::string dynamodb_endpoint, sqs_endpoint;  // empty: AWS's own
  std::string admin_token;                      // empty: the one kept in the table
  bool edge_required = false;                   // requests that did not come by the edge are refused
};

// From the environment: FOOTFALL_MODE, FOOTFALL_TABLE, FOOTFALL_QUEUE_URL, FOOTFALL_SITE, FOOTFALL_PROFILE,
// FOOTFALL_ROW_DAYS, FOOTFALL_ADMIN_TOKEN, FOOTFALL_EDGE, and AWS's own AWS_REGION, AWS_ENDPOINT_URL and
// AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL_SQS. Error: invalid (what is missing or wrong).
Result<CloudSettings> read_cloud_settings(const aws::Environment& environment);

class CloudFunction {
 public:
  // Asks nobody yet: the first event does. Error: invalid (an endpoint).
  static Result<std::unique_ptr<CloudFunction>> open(CloudSettings settings, aws::Environment environment,
                                                     FunctionLog log);
  ~CloudFunction();

  // Ready for an event that must be answered by then. Error: what is needed cannot be read.
  Result<Function*> prepare(const Invocation& invocation);

 private:
  struct Parts;
  explicit CloudFunction(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace footfall
