// Texts to numbers, for the writer: each distinct text gets a number when it is first seen, from 1.
//
// A text is known by its keyed 64-bit hash and its length; the text itself is not kept. Strangers cannot make two texts
// look alike without the key, and by chance one new text in 10^14 is taken for another when 100,000 are remembered.
//
// Memory is bounded. Texts live in two generations: one that is asked for moves to the young one; when the young one is
// full, the old one is forgotten. A forgotten text that comes again gets a second number, and the tables allow that.
//
// Additions are tentative until `keep`; `roll_back` takes back those of a batch that failed. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/siphash.h"

namespace footfall::duckdb {

class Dictionary {
 public:
  // bytes_max   what it may hold in memory; a few hundred texts are always remembered
  // number_max  the last number; it stands for every further text
  Dictionary(const SipKey& key, std::size_t bytes_max, std::uint32_t number_max = 0xFFFF'FFFE);

  // What a text is known by. Asking for many texts is quickest in two rounds: all keys first, then all numbers, while
  // the memory that `prefetch` asked for comes in.
  struct Key {
    std::uint64_t hash = 0;
    std::uint32_t length = 0;  // 0: the empty text
  };
  [[nodiscard]] Key key_of(std::string_view text) const {
    return {siphash13(key_, text), static_cast<std::uint32_t>(text.size())};
  }
  void prefetch(const Key& key) const { young_.prefetch(key.hash); }

  struct Interned {
    std::uint32_t number = 0;  // 0 for the empty text
    bool added = false;        // the caller writes the row that says what the number stands for
  };
  Interned intern(const Key& key);
  Interned intern(std::string_view text) { return intern(key_of(text)); }

  void keep() { kept_ = next_; }
  void roll_back();

  // What the table holds already: texts in ascending order of their numbers, then the number to go on with.
  void remember(std::uint32_t number, std::string_view text);
  void go_on_from(std::uint32_t next);
  // Forgets all.
  void reset();

  // True for the number that stands for all texts beyond the last number.
  [[nodiscard]] bool is_overflow(std::uint32_t number) const { return number == number_max_; }
  // How many texts fit, at least.
  [[nodiscard]] std::size_t texts_max() const { return generation_texts_max_; }
  // What it holds in memory.
  [[nodiscard]] std::size_t bytes() const { return (young_.slots.size() + old_.slots.size()) * sizeof(Slot); }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t length = 0;
    std::uint32_t number = 0;  // 0: free; `removed`: was taken back
  };
  // Open addressing with linear probing, at most three quarters full; a power of two of slots.
  struct Generation {
    std::vector<Slot> slots;
    std::size_t used = 0;

    void prefetch(std::uint64_t hash) const {
      if (!slots.empty()) __builtin_prefetch(&slots[hash & (slots.size() - 1)]);
    }
    [[nodiscard]] std::uint32_t find(const Key& key) const;  // 0: not here
    void add(const Key& key, std::uint32_t number);
    void grow();
  };
  static constexpr std::uint32_t removed = 0xFFFF'FFFF;

  void add_young(const Key& key, std::uint32_t number);

  SipKey key_;
  std::size_t generation_texts_max_;
  std::uint32_t number_max_;
  Generation young_;
  Generation old_;
  std::uint32_t next_ = 1;
  std::uint32_t kept_ = 1;
};

}  // namespace footfall::duckdb
