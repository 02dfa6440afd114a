#include "adapters/duckdb/dictionary.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/check.h"

namespace footfall::duckdb {
namespace {

constexpr std::size_t slots_min = 256;

// How many texts make so many slots three quarters full.
constexpr std::size_t texts_in(std::size_t slots) { return slots / 4 * 3; }

}  // namespace

Dictionary::Dictionary(const SipKey& key, std::size_t bytes_max, std::uint32_t number_max)
    : key_(key),
      generation_texts_max_(texts_in(std::max(slots_min, std::bit_floor(bytes_max / 2 / sizeof(Slot))))),
      number_max_(number_max) {
  FOOTFALL_ASSERT(number_max > 1 && number_max < removed);
}

Dictionary::Interned Dictionary::intern(const Key& key) {
  if (key.length == 0) return {};
  if (const std::uint32_t number = young_.find(key)) return {number, false};
  if (const std::uint32_t number = old_.find(key)) {
    add_young(key, number);
    return {number, false};
  }
  if (next_ > number_max_) return {number_max_, false};
  const std::uint32_t number = next_++;
  // What the last number stands for is many texts: none of them is remembered.
  if (number != number_max_) add_young(key, number);
  return {number, true};
}

void Dictionary::roll_back() {
  if (next_ == kept_) return;
  for (Generation* generation : {&young_, &old_}) {
    for (Slot& slot : generation->slots) {
      if (slot.number >= kept_) slot.number = removed;
    }
  }
  next_ = kept_;
}

void Dictionary::remember(std::uint32_t number, std::string_view text) {
  if (text.empty() || number == 0 || number >= number_max_) return;
  add_young(key_of(text), number);
}

void Dictionary::go_on_from(std::uint32_t next) {
  FOOTFALL_ASSERT(next >= 1);
  next_ = next;
  kept_ = next;
}

void Dictionary::reset() {
  young_ = Generation();
  old_ = Generation();
  go_on_from(1);
}

void Dictionary::add_young(const Key& key, std::uint32_t number) {
  if (young_.used == generation_texts_max_) {
    std::swap(young_, old_);
    std::fill(young_.slots.begin(), young_.slots.end(), Slot{});
    young_.used = 0;
  }
  young_.add(key, number);
}

std::uint32_t Dictionary::Generation::find(const Key& key) const {
  if (slots.empty()) return 0;
  const std::size_t mask = slots.size() - 1;
  for (std::size_t at = key.hash & mask;; at = (at + 1) & mask) {
    const Slot& slot = slots[at];
    if (slot.number == 0) return 0;
    if (slot.hash == key.hash && slot.length == key.length && slot.number != removed) return slot.number;
  }
}

void Dictionary::Generation::add(const Key& key, std::uint32_t number) {
  if (used == texts_in(slots.size())) grow();
  const std::size_t mask = slots.size() - 1;
  std::size_t at = key.hash & mask;
  while (slots[at].number != 0) at = (at + 1) & mask;
  slots[at] = {key.hash, key.length, number};
  ++used;
}

void Dictionary::Generation::grow() {
  const std::vector<Slot> before = std::exchange(slots, std::vector<Slot>(std::max(slots_min, slots.size() * 2)));
  used = 0;
  for (const Slot& slot : before) {
    if (slot.number != 0 && slot.number != removed) add({slot.hash, slot.length}, slot.number);
  }
}

}  // namespace footfall::duckdb
