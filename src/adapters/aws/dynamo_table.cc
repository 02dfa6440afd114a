#include "adapters/aws/dynamo_table.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "base/check.h"
#include "domain/limits.h"

namespace footfall::aws {
namespace {

namespace json = boost::json;

constexpr std::string_view version_name = "ver";
// A page is bounded by 1 MB anyway.
constexpr std::size_t page_items_max = 1'000;

json::value attribute(const std::string& text) { return json::object{{"S", text}}; }
json::value attribute(std::int64_t number) { return json::object{{"N", std::to_string(number)}}; }

json::object attributes(const ItemKey& key) { return {{"pk", attribute(key.pk)}, {"sk", attribute(key.sk)}}; }

json::object attributes(const Item& item) {
  json::object object = attributes(item.key);
  for (const auto& [name, value] : item.values) {
    object[name] = std::visit([](const auto& one) { return attribute(one); }, value);
  }
  return object;
}

std::optional<std::int64_t> number_in(const json::object& attribute) {
  const json::value* number = attribute.if_contains("N");
  if (number == nullptr || !number->is_string()) return std::nullopt;
  const std::string_view text = number->get_string();
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

// Attributes of other types are another version's.
Item item_in(const json::object& object) {
  Item item;
  for (const auto& [name, value] : object) {
    if (!value.is_object()) continue;
    const json::object& attribute = value.get_object();
    const json::value* text = attribute.if_contains("S");
    if (text != nullptr && text->is_string()) {
      std::string kept(text->get_string());
      if (name == "pk") {
        item.key.pk = std::move(kept);
      } else if (name == "sk") {
        item.key.sk = std::move(kept);
      } else {
        item.values.insert_or_assign(std::string(name), std::move(kept));
      }
    } else if (const auto number = number_in(attribute)) {
      item.values.insert_or_assign(std::string(name), *number);
    }
  }
  return item;
}

Result<json::object> object_in(const ServiceAnswer& answer) {
  if (!answer.type.empty()) {
    // What the service holds against an item is the item's fault; all else (no such table, no permission) is ours to
    // mend, and worth another try then.
    const bool invalid =
        answer.type == "ValidationException" || answer.type == "ItemCollectionSizeLimitExceededException";
    return Error{invalid ? ErrorCode::invalid : ErrorCode::unavailable,
                 "dynamodb: " + answer.type + ": " + answer.body.substr(0, 500)};
  }
  boost::system::error_code problem;
  json::value value = json::parse(answer.body, problem);
  if (problem || !value.is_object()) return Error{ErrorCode::unavailable, "dynamodb: the answer is no JSON"};
  return std::move(value.get_object());
}

const json::object* member_object(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
}

void put_if_absent(json::object& put) {
  put["ConditionExpression"] = "attribute_not_exists(#pk)";
  put["ExpressionAttributeNames"] = json::object{{"#pk", "pk"}};
}

json::object update_of(const ItemAddition& addition, const std::string& table) {
  json::object names{{"#n", "n"}};
  json::object values{{":by", attribute(addition.by)}};
  std::string expression = "ADD #n :by";
  std::size_t turn = 0;
  for (const auto& [name, text] : addition.texts) {
    const std::string number = std::to_string(turn++);
    names["#t" + number] = name;
    values[":t" + number] = attribute(text);
    expression += (turn == 1 ? " SET #t" : ", #t") + number + " = :t" + number;
  }
  return {{"TableName", table},
          {"Key", attributes(addition.key)},
          {"UpdateExpression", expression},
          {"ExpressionAttributeNames", std::move(names)},
          {"ExpressionAttributeValues", std::move(values)}};
}

struct IndexName {
  const char* name;
  const char* partition;
};
IndexName name_of(ItemQuery::Index index) {
  switch (index) {
    case ItemQuery::Index::by_ip:
      return {"by-ip", "g1"};
    case ItemQuery::Index::by_path:
      return {"by-path", "g2"};
    case ItemQuery::Index::by_session:
      return {"by-session", "g3"};
    case ItemQuery::Index::table:
      break;
  }
  return {nullptr, "pk"};
}

json::object request_of(const ItemQuery& query, const std::string& table) {
  const IndexName index = name_of(query.index);
  json::object names{{"#p", index.partition}};
  json::object values{{":p", attribute(query.partition)}};
  std::string condition = "#p = :p";
  if (index.name == nullptr && !query.prefix.empty()) {
    names["#s"] = "sk";
    values[":s"] = attribute(query.prefix);
    condition += " AND begins_with(#s, :s)";
  }
  if (query.from || query.to) {
    FOOTFALL_ASSERT(index.name != nullptr);
    names["#s"] = "ts";
    if (query.from) values[":from"] = attribute(*query.from);
    if (query.to) values[":to"] = attribute(*query.to);
    condition += query.from && query.to ? " AND #s BETWEEN :from AND :to"
                 : query.from           ? " AND #s >= :from"
                                        : " AND #s <= :to";
  }
  json::object request{{"TableName", table},
                       {"KeyConditionExpression", condition},
                       {"ExpressionAttributeNames", std::move(names)},
                       {"ExpressionAttributeValues", std::move(values)},
                       {"ScanIndexForward", !query.newest_first}};
  if (index.name != nullptr) {
    request["IndexName"] = index.name;
  } else {
    request["ConsistentRead"] = true;
  }
  return request;
}

}  // namespace

Result<std::vector<std::size_t>> DynamoTable::put_new_and_add(std::span<const Item> puts,
                                                              std::span<const ItemAddition> additions) {
  FOOTFALL_ASSERT(!puts.empty() || !additions.empty());
  FOOTFALL_ASSERT(puts.size() + additions.size() <= transaction_items_max);
  if (puts.size() == 1 && additions.empty()) {
    // Half the price of a transaction of one.
    const auto put = put_if(puts.front(), {});
    if (!put) return put.error();
    return *put ? std::vector<std::size_t>{} : std::vector<std::size_t>{0};
  }
  json::array actions;
  for (const Item& item : puts) {
    json::object put{{"TableName", name_}, {"Item", attributes(item)}};
    put_if_absent(put);
    actions.push_back(json::object{{"Put", std::move(put)}});
  }
  for (const ItemAddition& addition : additions)
    actions.push_back(json::object{{"Update", update_of(addition, name_)}});
  const std::string body = json::serialize(json::object{{"TransactItems", std::move(actions)}});
  // Its own conditions make the second time harmless: where the first was done, its items are there.
  const auto answer =
      client_->call("DynamoDB_20120810.TransactWriteItems", body, puts.empty() ? Repeat::harmful : Repeat::harmless);
  if (!answer) return answer.error();
  if (answer->type != "TransactionCanceledException") {
    const auto object = object_in(*answer);
    if (!object) return object.error();
    return std::vector<std::size_t>{};
  }
  boost::system::error_code problem;
  const json::value value = json::parse(answer->body, problem);
  const json::value* reasons =
      !problem && value.is_object() ? value.get_object().if_contains("CancellationReasons") : nullptr;
  std::vector<std::size_t> existing;
  if (reasons != nullptr && reasons->is_array()) {
    const json::array& list = reasons->get_array();
    for (std::size_t i = 0; i < std::min(list.size(), puts.size()); ++i) {
      const json::value* code = list[i].is_object() ? list[i].get_object().if_contains("Code") : nullptr;
      if (code != nullptr && *code == "ConditionalCheckFailed") existing.push_back(i);
    }
  }
  if (existing.empty()) {
    return Error{ErrorCode::invalid, "dynamodb: a transaction was refused: " + answer->body.substr(0, 500)};
  }
  return existing;
}

Result<std::int64_t> DynamoTable::add(const ItemAddition& addition) {
  json::object update = update_of(addition, name_);
  update["ReturnValues"] = "UPDATED_NEW";
  const auto answer = client_->call("DynamoDB_20120810.UpdateItem", json::serialize(update), Repeat::harmful);
  if (!answer) return answer.error();
  const auto object = object_in(*answer);
  if (!object) return object.error();
  const json::object* changed = member_object(*object, "Attributes");
  const json::object* n = changed == nullptr ? nullptr : member_object(*changed, "n");
  const auto number = n == nullptr ? std::nullopt : number_in(*n);
  if (!number) return Error{ErrorCode::unknown_result, "dynamodb: the answer to an addition holds no number"};
  return *number;
}

Result<bool> DynamoTable::put_if(const Item& item, const PutCondition& condition) {
  json::object put{{"TableName", name_}, {"Item", attributes(item)}};
  if (condition.version) {
    put["ConditionExpression"] = "#v = :v";
    put["ExpressionAttributeNames"] = json::object{{"#v", version_name}};
    put["ExpressionAttributeValues"] = json::object{{":v", attribute(*condition.version)}};
  } else {
    put_if_absent(put);
  }
  const auto answer = client_->call("DynamoDB_20120810.PutItem", json::serialize(put), Repeat::harmless);
  if (!answer) return answer.error();
  if (answer->type == "ConditionalCheckFailedException") return false;
  const auto object = object_in(*answer);
  if (!object) return object.error();
  return true;
}

Result<std::optional<Item>> DynamoTable::get(const ItemKey& key) {
  const json::object request{{"TableName", name_}, {"Key", attributes(key)}, {"ConsistentRead", true}};
  const auto answer = client_->call("DynamoDB_20120810.GetItem", json::serialize(request), Repeat::harmless);
  if (!answer) return Error{ErrorCode::unavailable, answer.error().what};
  const auto object = object_in(*answer);
  if (!object) return Error{ErrorCode::unavailable, object.error().what};
  const json::object* item = member_object(*object, "Item");
  return item == nullptr ? std::optional<Item>{} : std::optional(item_in(*item));
}

Result<std::vector<Item>> DynamoTable::query(const ItemQuery& query) {
  json::object request = request_of(query, name_);
  std::vector<Item> items;
  while (true) {
    if (query.items_max > 0) request["Limit"] = std::min(page_items_max, query.items_max - items.size());
    const auto answer = client_->call("DynamoDB_20120810.Query", json::serialize(request), Repeat::harmless);
    if (!answer) return Error{ErrorCode::unavailable, answer.error().what};
    const auto object = object_in(*answer);
    if (!object) return Error{ErrorCode::unavailable, object.error().what};
    const json::value* list = object->if_contains("Items");
    if (list != nullptr && list->is_array()) {
      for (const json::value& item : list->get_array()) {
        if (item.is_object()) items.push_back(item_in(item.get_object()));
      }
    }
    const json::value* last = object->if_contains("LastEvaluatedKey");
    if (last == nullptr || (query.items_max > 0 && items.size() >= query.items_max)) return items;
    request["ExclusiveStartKey"] = *last;
  }
}

Result<Done> DynamoTable::scan(const std::function<Result<Done>(const Item&)>& take) {
  json::object request{{"TableName", name_}, {"ConsistentRead", true}};
  while (true) {
    const auto answer = client_->call("DynamoDB_20120810.Scan", json::serialize(request), Repeat::harmless);
    if (!answer) return Error{ErrorCode::unavailable, answer.error().what};
    const auto object = object_in(*answer);
    if (!object) return Error{ErrorCode::unavailable, object.error().what};
    const json::value* list = object->if_contains("Items");
    if (list != nullptr && list->is_array()) {
      for (const json::value& item : list->get_array()) {
        if (!item.is_object()) continue;
        if (auto taken = take(item_in(item.get_object())); !taken) return taken;
      }
    }
    const json::value* last = object->if_contains("LastEvaluatedKey");
    if (last == nullptr) return Done{};
    request["ExclusiveStartKey"] = *last;
  }
}

}  // namespace footfall::aws
