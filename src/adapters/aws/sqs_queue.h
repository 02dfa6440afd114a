// VisitQueue by a standard queue of SQS.
//
// One call sends or removes up to ten messages; those that SQS says it did not take are sent again by themselves.
#pragma once

#include <memory>
#include <string>

#include "adapters/aws/aws_client.h"
#include "ports/visit_queue.h"

namespace footfall::aws {

class SqsQueue final : public VisitQueue {
 public:
  // `client` speaks to SQS. `url` names the queue, as SQS gave it.
  SqsQueue(std::unique_ptr<AwsClient> client, std::string url) : client_(std::move(client)), url_(std::move(url)) {}

  Result<Done> send(std::span<const std::string_view> messages) override;
  Result<std::vector<QueuedMessage>> receive(std::size_t messages_max, std::chrono::seconds patience) override;
  Result<Done> remove(std::span<const QueuedMessage> messages) override;

  [[nodiscard]] AwsClient& client() { return *client_; }

 private:
  Result<Done> send_group(std::span<const std::string_view> messages);

  std::unique_ptr<AwsClient> client_;
  const std::string url_;
};

}  // namespace footfall::aws
