// A KeptFile that is an item of the table: settings and keys, the same for all functions.
//
// Whoever replaces it must have read what is there now: of two who change it at once, one is told to look again.
#pragma once

#include <string>

#include "ports/item_table.h"
#include "ports/kept_file.h"

namespace footfall {

class TableFile final : public KeptFile {
 public:
  // `table` outlives it.
  TableFile(ItemTable& table, std::string_view name) : table_(table), key_{"F#" + std::string(name), "-"} {}

  Result<std::optional<std::string>> read() override;
  // Errors: also in_use (someone else changed it since it was read here).
  Result<Done> replace(std::string_view text) override;
  std::uint64_t revision() override;

 private:
  ItemTable& table_;
  const ItemKey key_;
  std::int64_t version_ = 0;  // as last seen; 0: none was there
};

}  // namespace footfall
