// ItemTable by a table of DynamoDB: keys `pk` and `sk`, indexes by-ip (g1, ts), by-path (g2, ts), by-session (g3, ts).
//
// Names in expressions are always given apart, as `#n`: half of what one would call a column is a reserved word.
#pragma once

#include <boost/json.hpp>
#include <memory>
#include <optional>
#include <string>

#include "adapters/aws/aws_client.h"
#include "ports/item_table.h"

namespace footfall::aws {

class DynamoTable final : public ItemTable {
 public:
  // `client` speaks to DynamoDB.
  DynamoTable(std::unique_ptr<AwsClient> client, std::string name)
      : client_(std::move(client)), name_(std::move(name)) {}

  Result<Done> put_all(std::span<const Item> items) override;
  Result<std::int64_t> add(const ItemAddition& addition) override;
  Result<bool> put_if(const Item& item, const PutCondition& condition) override;
  Result<std::optional<Item>> get(const ItemKey& key) override;
  Result<std::vector<Item>> query(const ItemQuery& query) override;
  Result<Done> scan(const std::function<Result<Done>(const Item&)>& take) override;

  [[nodiscard]] AwsClient& client() { return *client_; }

 private:
  struct Page {
    std::vector<Item> items;
    std::optional<boost::json::value> last;  // none: there are no more
  };
  Result<Page> read_page(std::string_view action, const boost::json::object& request);
  Result<std::size_t> put_some(std::span<const Item> items, std::vector<Item>& left);

  std::unique_ptr<AwsClient> client_;
  const std::string name_;
};

}  // namespace footfall::aws
