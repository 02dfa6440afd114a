// A map from numbers of ours to small ones, flat: for millions of entries that are made once and never taken out.
//
// About 24 bytes an entry. Keys are numbers that we gave, so nobody can choose where they land.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace footfall {

class NumberMap {
 public:
  // The value of the key and true if it is new: then it is `value`, which is below 2^32 - 1.
  std::pair<std::uint32_t, bool> insert(std::uint64_t key, std::uint32_t value) {
    if (size_ * 2 >= values_.size()) grow();
    const std::size_t slot = slot_of(key);
    if (values_[slot] != free) return {values_[slot], false};
    keys_[slot] = key;
    values_[slot] = value;
    ++size_;
    return {value, true};
  }
  // As a set of keys: true if it is new.
  bool insert(std::uint64_t key) { return insert(key, 0).second; }
  // Nothing: not there.
  [[nodiscard]] std::optional<std::uint32_t> find(std::uint64_t key) const {
    if (values_.empty()) return std::nullopt;
    const std::size_t slot = slot_of(key);
    return values_[slot] == free ? std::nullopt : std::optional(values_[slot]);
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  void clear() {
    keys_.clear();
    values_.clear();
    size_ = 0;
  }

 private:
  static constexpr std::uint32_t free = UINT32_MAX;

  [[nodiscard]] std::size_t slot_of(std::uint64_t key) const {
    const std::size_t mask = values_.size() - 1;
    // The finalizer of MurmurHash3: every bit of the key moves every bit of the slot.
    std::uint64_t hash = key;
    hash = (hash ^ (hash >> 33U)) * 0xff51afd7ed558ccdULL;
    hash = (hash ^ (hash >> 33U)) * 0xc4ceb9fe1a85ec53ULL;
    std::size_t slot = (hash ^ (hash >> 33U)) & mask;
    while (values_[slot] != free && keys_[slot] != key) slot = (slot + 1) & mask;
    return slot;
  }
  void grow() {
    std::vector<std::uint64_t> keys(std::max<std::size_t>(64, keys_.size() * 2));
    std::vector<std::uint32_t> values(keys.size(), free);
    keys.swap(keys_);
    values.swap(values_);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (values[i] == free) continue;
      const std::size_t slot = slot_of(keys[i]);
      keys_[slot] = keys[i];
      values_[slot] = values[i];
    }
  }

  std::vector<std::uint64_t> keys_;
  std::vector<std::uint32_t> values_;
  std::size_t size_ = 0;
};

}  // namespace footfall
