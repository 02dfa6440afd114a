// Texts, each kept once, numbered from 0 by first appearance.
//
// A text costs its bytes and about 28 more. Strangers choose the texts: the key keeps them from choosing where they
// land. One thread at a time while texts are added.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/siphash.h"

namespace footfall {

class TextTable {
 public:
  explicit TextTable(const SipKey& key) : key_(key) {}

  // Of a text that is new, the next number.
  std::uint32_t number(std::string_view text);
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view text) const;
  // Stays where it is until `clear`.
  [[nodiscard]] std::string_view text(std::uint32_t number) const { return texts_[number]; }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(texts_.size()); }
  void clear();

 private:
  // Where the text is, or would be.
  [[nodiscard]] std::size_t slot_of(std::string_view text) const;
  std::string_view keep(std::string_view text);
  void grow();

  SipKey key_;
  std::vector<std::string_view> texts_;
  std::vector<std::uint32_t> slots_;  // number + 1; 0 is free; a power of two of them
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* room_ = nullptr;  // in the last block
  std::size_t room_bytes_ = 0;
};

}  // namespace footfall
