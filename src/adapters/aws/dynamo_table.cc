#include "adapters/aws/dynamo_table.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <iterator>

#include "base/text.h"
#include "domain/limits.h"

namespace footfall::aws {
namespace {

namespace json = boost::json;

constexpr std::string_view version_name = "ver";
// A page is bounded by 1 MB anyway.
constexpr std::size_t page_items_max = 1'000;
// Of one BatchWriteItem. 16 MB in all are allowed; a request of ours stays small enough to be sent twice.
constexpr std::size_t batch_items_max = 25;
constexpr std::size_t batch_bytes_max = 4'000'000;
constexpr unsigned unprocessed_tries_max = 8;

std::size_t bytes_in(const Item& item) {
  std::size_t bytes = item.key.pk.size() + item.key.sk.size();
  for (const auto& [name, value] : item.values) {
    const auto* text = std::get_if<std::string>(&value);
    const auto* held = std::get_if<ItemBytes>(&value);
    bytes += name.size() + (text != nullptr ? text->size() : held != nullptr ? held->bytes.size() : 21);
  }
  return bytes;
}

json::value attribute(const std::string& text) { return json::object{{"S", text}}; }
json::value attribute(const ItemBytes& held) { return json::object{{"B", to_base64(bytes_of(held.bytes))}}; }
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
    } else if (const json::value* held = attribute.if_contains("B"); held != nullptr && held->is_string()) {
      if (auto bytes = from_base64(held->get_string())) {
        item.values.insert_or_assign(std::string(name), ItemBytes{std::move(*bytes)});
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
  const bool from = index.name == nullptr ? !query.sk_from.empty() : query.from.has_value();
  const bool to = index.name == nullptr ? !query.sk_to.empty() : query.to.has_value();
  if (from || to) {
    names["#s"] = index.name == nullptr ? "sk" : "ts";
    if (from) values[":from"] = index.name == nullptr ? attribute(query.sk_from) : attribute(*query.from);
    if (to) values[":to"] = index.name == nullptr ? attribute(query.sk_to) : attribute(*query.to);
    condition += from && to ? " AND #s BETWEEN :from AND :to" : from ? " AND #s >= :from" : " AND #s <= :to";
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

// One call: as many of the items from `begin` on as it takes. Gives back how many those were, and in `left` those that
// the table did not take at once.
Result<std::size_t> DynamoTable::put_some(std::span<const Item> items, std::vector<Item>& left) {
  json::array puts;
  std::size_t bytes = 0;
  for (const Item& item : items) {
    const std::size_t more = bytes_in(item);
    if (puts.size() == batch_items_max || (!puts.empty() && bytes + more > batch_bytes_max)) break;
    bytes += more;
    puts.push_back(json::object{{"PutRequest", json::object{{"Item", attributes(item)}}}});
  }
  const std::size_t said = puts.size();
  const auto answer = client_->call(
      "DynamoDB_20120810.BatchWriteItem",
      json::serialize(json::object{{"RequestItems", json::object{{name_, std::move(puts)}}}}), Repeat::harmless);
  if (!answer) return Error{ErrorCode::unavailable, answer.error().what};
  const auto object = object_in(*answer);
  if (!object) return object.error();
  const json::object* unprocessed = member_object(*object, "UnprocessedItems");
  const json::value* list = unprocessed == nullptr ? nullptr : unprocessed->if_contains(name_);
  if (list == nullptr || !list->is_array()) return said;
  for (const json::value& one : list->get_array()) {
    const json::object* put = one.is_object() ? member_object(one.get_object(), "PutRequest") : nullptr;
    const json::object* item = put == nullptr ? nullptr : member_object(*put, "Item");
    if (item == nullptr) return Error{ErrorCode::unavailable, "dynamodb: what was not put makes no sense"};
    left.push_back(item_in(*item));
  }
  return said;
}

Result<Done> DynamoTable::put_all(std::span<const Item> items) {
  std::vector<Item> left;
  for (std::size_t done = 0; done < items.size();) {
    const auto said = put_some(items.subspan(done), left);
    if (!said) return said.error();
    done += *said;
  }
  for (unsigned turn = 0; !left.empty(); ++turn) {
    if (turn == unprocessed_tries_max) {
      return Error{ErrorCode::unavailable, "dynamodb: " + std::to_string(left.size()) + " items are not taken"};
    }
    if (auto waited = client_->wait_before(turn); !waited) return waited;
    std::vector<Item> again;
    again.swap(left);
    for (std::size_t done = 0; done < again.size();) {
      const auto said = put_some(std::span(again).subspan(done), left);
      if (!said) return said.error();
      done += *said;
    }
  }
  return Done{};
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

// One page of a Query or a Scan.
Result<DynamoTable::Page> DynamoTable::read_page(std::string_view action, const json::object& request) {
  const auto answer =
      client_->call("DynamoDB_20120810." + std::string(action), json::serialize(request), Repeat::harmless);
  if (!answer) return Error{ErrorCode::unavailable, answer.error().what};
  const auto object = object_in(*answer);
  if (!object) return Error{ErrorCode::unavailable, object.error().what};
  Page page;
  const json::value* list = object->if_contains("Items");
  if (list != nullptr && list->is_array()) {
    for (const json::value& item : list->get_array()) {
      if (item.is_object()) page.items.push_back(item_in(item.get_object()));
    }
  }
  if (const json::value* last = object->if_contains("LastEvaluatedKey")) page.last = *last;
  return page;
}

Result<std::vector<Item>> DynamoTable::query(const ItemQuery& query) {
  json::object request = request_of(query, name_);
  std::vector<Item> items;
  while (true) {
    if (query.items_max > 0) request["Limit"] = std::min(page_items_max, query.items_max - items.size());
    auto page = read_page("Query", request);
    if (!page) return page.error();
    std::move(page->items.begin(), page->items.end(), std::back_inserter(items));
    if (!page->last || (query.items_max > 0 && items.size() >= query.items_max)) return items;
    request["ExclusiveStartKey"] = *page->last;
  }
}

Result<Done> DynamoTable::scan(const std::function<Result<Done>(const Item&)>& take) {
  json::object request{{"TableName", name_}, {"ConsistentRead", true}};
  while (true) {
    const auto page = read_page("Scan", request);
    if (!page) return page.error();
    for (const Item& item : page->items) {
      if (auto taken = take(item); !taken) return taken;
    }
    if (!page->last) return Done{};
    request["ExclusiveStartKey"] = *page->last;
  }
}

}  // namespace footfall::aws
