// The salt of each day, shared by all functions: an item of the table that whoever needs it first makes.
//
// As app/salts.h has it, a day's salt is random and destroyed: its item ends two days later (the table's time to live).
// One thread at a time.
#pragma once

#include <map>

#include "base/result.h"
#include "base/siphash.h"
#include "base/time.h"
#include "ports/crypto.h"
#include "ports/item_table.h"

namespace footfall {

class DaySalts {
 public:
  // Both outlive it.
  DaySalts(ItemTable& table, const Crypto& crypto) : table_(table), crypto_(crypto) {}

  // Errors: unavailable, corrupt (the item holds no salt).
  Result<SipKey> of(Day day);

 private:
  ItemTable& table_;
  const Crypto& crypto_;
  std::map<Day, SipKey> known_;
};

}  // namespace footfall
