// A table whose items are found by two texts and by its indexes: DynamoDB, as far as visits need it.
//
// One item changes at once or not at all; nothing else is atomic. Reading the table itself sees all that was answered
// before; reading by an index may be behind for a moment.
// testing/table_contract.h holds every ItemTable to this page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace footfall {

struct ItemKey {
  std::string pk;  // 1 to item_pk_bytes_max bytes of UTF-8
  std::string sk;  // 1 to item_sk_bytes_max

  friend auto operator<=>(const ItemKey&, const ItemKey&) = default;
};

// Bytes that are no text.
struct ItemBytes {
  std::string bytes;
  friend bool operator==(const ItemBytes&, const ItemBytes&) = default;
};

using ItemValue = std::variant<std::string, std::int64_t, ItemBytes>;
using ItemValues = std::map<std::string, ItemValue, std::less<>>;

struct Item {
  ItemKey key;
  ItemValues values;

  // "" or nothing where the item has no such value, or one of the other type.
  [[nodiscard]] std::string_view text(std::string_view name) const {
    const auto found = values.find(name);
    const auto* text = found == values.end() ? nullptr : std::get_if<std::string>(&found->second);
    return text == nullptr ? std::string_view{} : std::string_view(*text);
  }
  [[nodiscard]] std::string_view bytes(std::string_view name) const {
    const auto found = values.find(name);
    const auto* bytes = found == values.end() ? nullptr : std::get_if<ItemBytes>(&found->second);
    return bytes == nullptr ? std::string_view{} : std::string_view(bytes->bytes);
  }
  [[nodiscard]] std::optional<std::int64_t> number(std::string_view name) const {
    const auto found = values.find(name);
    const auto* number = found == values.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
    return number == nullptr ? std::nullopt : std::optional(*number);
  }
};

// Adds to the number `n` of an item, which begins at 0, and gives it the texts.
struct ItemAddition {
  ItemKey key;
  std::int64_t by = 1;
  std::map<std::string, std::string, std::less<>> texts;
};

// How a put may fail: by what is there already.
struct PutCondition {
  std::optional<std::int64_t> version;  // none: no item may be there; else its number `version` must be this
};

// Items of one partition, or of one value of an index.
struct ItemQuery {
  enum class Index : std::uint8_t { table, by_ip, by_path, by_session };
  Index index = Index::table;
  std::string partition;  // pk, or the index's value
  // Bounds of sk; of the table alone. Both inclusive; empty: none.
  std::string sk_from{};
  std::string sk_to{};
  // Bounds of the index's time `ts`; of indexes alone. Both inclusive.
  std::optional<std::int64_t> from{};
  std::optional<std::int64_t> to{};
  bool newest_first = false;  // descending by sk or ts; items of one ts come in any order
  std::size_t items_max = 0;  // 0: all
};

// One thread at a time.
class ItemTable {
 public:
  virtual ~ItemTable() = default;

  // Puts the items over whatever is there, in any order. What it answers an error to may be in or not: saying all of it
  // again is harmless.
  //   items   any number, no key twice
  //   errors  unavailable  try again
  //           invalid      an item is outside what the table can hold
  virtual Result<Done> put_all(std::span<const Item> items) = 0;

  // The number after the addition. Made at most once.
  //   errors  unavailable     nothing was done: try again
  //           unknown_result  there was no answer, and saying the same again may count twice
  //           invalid         nothing was done
  virtual Result<std::int64_t> add(const ItemAddition& addition) = 0;

  // False: the condition does not hold, and nothing was put. Saying the same again is harmless, and may answer false
  // for what the first time did. Errors: unavailable, invalid.
  virtual Result<bool> put_if(const Item& item, const PutCondition& condition) = 0;

  // Errors of reading: unavailable.
  virtual Result<std::optional<Item>> get(const ItemKey& key) = 0;
  virtual Result<std::vector<Item>> query(const ItemQuery& query) = 0;
  // Every item, in no order, those of one pk together; what changes meanwhile may come or not. An error of `take` ends
  // it, and is handed on.
  virtual Result<Done> scan(const std::function<Result<Done>(const Item&)>& take) = 0;
};

}  // namespace footfall
