// The queue and the table by their contracts: the fakes, and the services where some are named.
//
// FOOTFALL_TEST_ENDPOINT is what stands in for AWS (tests/cloud/emulators.mjs): SQS at its address, with the queue
// FOOTFALL_TEST_QUEUE, and DynamoDB, with the table FOOTFALL_TEST_TABLE. Without it the suites of the services are
// skipped; tests/cloud/contracts.test.mjs runs them.

#include <cstdlib>
#include <thread>

#include "adapters/aws/dynamo_table.h"
#include "adapters/aws/sqs_queue.h"
#include "adapters/http_client/server_exchange.h"
#include "adapters/openssl_crypto/openssl_crypto.h"
#include "testing/memory_queue.h"
#include "testing/memory_table.h"
#include "testing/queue_contract.h"
#include "testing/table_contract.h"

namespace footfall {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

class RealClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override {
    return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
  }
};

// What the clients of the services stand on, for as long as the tests run.
struct Ground {
  RealClock clock;
  OpensslCrypto crypto;
  aws::CredentialSource credentials{variable, exchange_with, clock};

  Result<std::unique_ptr<aws::AwsClient>> client(const char* service) {
    aws::ServiceSettings settings;
    settings.scope = {"eu-central-1", service};
    settings.endpoint = variable("FOOTFALL_TEST_ENDPOINT");
    settings.protocol = "1.0";
    return aws::AwsClient::make(settings, {clock, crypto, credentials, exchange_with,
                                           [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }});
  }
};
Ground& ground() {
  static Ground ground;
  return ground;
}

std::unique_ptr<VisitQueue> sqs() {
  if (variable("FOOTFALL_TEST_ENDPOINT").empty()) return nullptr;
  auto queue = std::make_unique<aws::SqsQueue>(std::move(*ground().client("sqs")), variable("FOOTFALL_TEST_QUEUE"));
  // What an earlier test left.
  while (true) {
    const auto left = queue->receive(10, std::chrono::seconds(0));
    if (!left || left->empty()) return queue;
    EXPECT_TRUE(queue->remove(*left));
  }
}
std::unique_ptr<ItemTable> dynamodb() {
  if (variable("FOOTFALL_TEST_ENDPOINT").empty()) return nullptr;
  return std::make_unique<aws::DynamoTable>(std::move(*ground().client("dynamodb")), variable("FOOTFALL_TEST_TABLE"));
}

INSTANTIATE_TEST_SUITE_P(Memory, QueueContract, testing::Values([] { return std::make_unique<MemoryQueue>(); }));
INSTANTIATE_TEST_SUITE_P(Memory, TableContract, testing::Values([] { return std::make_unique<MemoryTable>(); }));
INSTANTIATE_TEST_SUITE_P(Sqs, QueueContract, testing::Values(&sqs));
INSTANTIATE_TEST_SUITE_P(Dynamodb, TableContract, testing::Values(&dynamodb));

}  // namespace
}  // namespace footfall
