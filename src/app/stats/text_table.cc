#include "app/stats/text_table.h"

#include <algorithm>

namespace footfall {
namespace {

constexpr std::size_t block_bytes = 65'536;
constexpr std::size_t slots_min = 64;

}  // namespace

std::size_t TextTable::slot_of(std::string_view text) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = siphash13(key_, text) & mask;
  while (slots_[slot] != 0 && texts_[slots_[slot] - 1] != text) slot = (slot + 1) & mask;
  return slot;
}

std::uint32_t TextTable::number(std::string_view text) {
  if (texts_.size() * 2 >= slots_.size()) grow();
  const std::size_t slot = slot_of(text);
  if (slots_[slot] == 0) {
    texts_.push_back(keep(text));
    slots_[slot] = size();
  }
  return slots_[slot] - 1;
}

std::optional<std::uint32_t> TextTable::find(std::string_view text) const {
  if (slots_.empty()) return std::nullopt;
  const std::size_t slot = slot_of(text);
  if (slots_[slot] == 0) return std::nullopt;
  return slots_[slot] - 1;
}

void TextTable::clear() {
  texts_.clear();
  slots_.clear();
  blocks_.clear();
  room_bytes_ = 0;
}

std::string_view TextTable::keep(std::string_view text) {
  if (text.empty()) return {};
  if (text.size() > room_bytes_) {
    room_bytes_ = std::max(block_bytes, text.size());
    room_ = blocks_.emplace_back(std::make_unique<char[]>(room_bytes_)).get();
  }
  char* const kept = room_;
  std::copy(text.begin(), text.end(), kept);
  room_ += text.size();
  room_bytes_ -= text.size();
  return {kept, text.size()};
}

void TextTable::grow() {
  slots_.assign(std::max(slots_min, slots_.size() * 2), 0);
  for (std::uint32_t i = 0; i < texts_.size(); ++i) slots_[slot_of(texts_[i])] = i + 1;
}

}  // namespace footfall
