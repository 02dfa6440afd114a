#include "main/local_services.h"

#include "adapters/aws/dynamo_table.h"
#include "adapters/aws/sqs_queue.h"
#include "adapters/http_client/server_exchange.h"
#include "adapters/openssl_crypto/openssl_crypto.h"
#include "app/cloud/table_file.h"
#include "app/edge/session_keys.h"
#include "main/lambda/cloud.h"
#include "main/system_clock.h"

namespace footfall {
namespace {

// What every client stands on.
struct Ground {
  explicit Ground(const aws::Environment& environment) : credentials(environment, exchange_with, clock) {}

  SystemClock clock;
  OpensslCrypto crypto;
  aws::CredentialSource credentials;
};

// `name`: dynamodb or sqs.
Result<std::unique_ptr<aws::AwsClient>> client_of(std::string_view name, const CloudSettings& settings, Ground& ground,
                                                  Wait wait) {
  aws::ServiceSettings service;
  service.scope = {settings.region, std::string(name)};
  service.endpoint = name == "sqs" ? settings.sqs_endpoint : settings.dynamodb_endpoint;
  service.protocol = "1.0";
  return aws::AwsClient::make(service,
                              {ground.clock, ground.crypto, ground.credentials, exchange_with, std::move(wait)});
}

Result<CloudSettings> settings_of(const aws::Environment& environment, std::string mode) {
  return read_cloud_settings(with_variables(environment, {{"FOOTFALL_MODE", std::move(mode)}}));
}

class StandingQueue final : public VisitQueue {
 public:
  explicit StandingQueue(const aws::Environment& environment) : ground_(environment) {}

  Result<Done> open(const CloudSettings& settings, Wait wait) {
    auto client = client_of("sqs", settings, ground_, std::move(wait));
    if (!client) return client.error();
    queue_ = std::make_unique<aws::SqsQueue>(std::move(*client), settings.queue_url);
    return Done{};
  }
  Result<Done> send(std::span<const std::string_view> messages) override { return queue_->send(messages); }
  Result<std::vector<QueuedMessage>> receive(std::size_t messages_max, std::chrono::seconds patience) override {
    return queue_->receive(messages_max, patience);
  }
  Result<Done> remove(std::span<const QueuedMessage> messages) override { return queue_->remove(messages); }

 private:
  Ground ground_;
  std::unique_ptr<aws::SqsQueue> queue_;
};

class StandingTable final : public LocalTable {
 public:
  explicit StandingTable(const aws::Environment& environment) : ground_(environment) {}

  Result<Done> open(const CloudSettings& settings, Wait wait) {
    auto client = client_of("dynamodb", settings, ground_, std::move(wait));
    if (!client) return client.error();
    table_ = std::make_unique<aws::DynamoTable>(std::move(*client), settings.table);
    return Done{};
  }

  Result<std::string> session_keys() override {
    TableFile file(*table_, "session-keys");
    // Makes them where there are none, as the api's function does.
    if (auto keys = SessionKeys::open(file, ground_.crypto, ground_.clock); !keys) return keys.error();
    auto text = file.read();
    if (!text) return text.error();
    return text->value_or("");
  }

  Result<std::map<std::string, std::string>> marks_of(std::string_view site) override {
    ItemQuery query;
    query.partition = "D#" + std::string(site);
    const auto items = table_->query(query);
    if (!items) return items.error();
    std::map<std::string, std::string> marks;
    for (const Item& item : *items) {
      std::string& said = marks[item.key.sk];
      for (const auto& [name, value] : item.values) {
        if (const auto* text = std::get_if<std::string>(&value)) said += name + "=" + *text + "\n";
      }
    }
    return marks;
  }

 private:
  Ground ground_;
  std::unique_ptr<aws::DynamoTable> table_;
};

}  // namespace

Result<std::unique_ptr<VisitQueue>> open_queue(const aws::Environment& environment, Wait wait) {
  // The queue's name is asked for in this mode alone.
  const auto settings = settings_of(environment, "api");
  if (!settings) return settings.error();
  auto queue = std::make_unique<StandingQueue>(environment);
  if (auto opened = queue->open(*settings, std::move(wait)); !opened) return opened.error();
  return std::unique_ptr<VisitQueue>(std::move(queue));
}

Result<std::unique_ptr<LocalTable>> open_table(const aws::Environment& environment, Wait wait) {
  const auto settings = settings_of(environment, "processor");
  if (!settings) return settings.error();
  auto table = std::make_unique<StandingTable>(environment);
  if (auto opened = table->open(*settings, std::move(wait)); !opened) return opened.error();
  return std::unique_ptr<LocalTable>(std::move(table));
}

}  // namespace footfall
