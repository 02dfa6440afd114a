// Finds which of many words a text contains.
//
// A tree of the words is walked from every position of the text, so that only words whose beginning is there are
// looked at. Immutable once built: any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace footfall {

class WordFinder {
 public:
  // words   sorted, each once, none empty; not kept
  explicit WordFinder(const std::vector<std::string_view>& words);

  // Calls `use(number)` with the place of a word in the list, once for every place in the text where it stands.
  //   cost  at most the length of the text times that of the longest word
  template <typename F>
  void find(std::string_view text, F&& use) const {
    for (std::size_t start = 0; start < text.size(); ++start) {
      std::uint32_t node = first_[static_cast<unsigned char>(text[start])];
      for (std::size_t at = start; node != none;) {
        if (nodes_[node].word != none) use(nodes_[node].word);
        node = ++at < text.size() ? child(node, text[at]) : none;
      }
    }
  }

 private:
  static constexpr std::uint32_t none = 0xFFFFFFFF;

  struct Node {
    std::uint32_t word = none;      // the word that ends here
    std::uint32_t children = none;  // they lie side by side
    std::uint16_t children_count = 0;
    char letter = 0;
  };

  [[nodiscard]] std::uint32_t child(std::uint32_t node, char letter) const {
    const Node& parent = nodes_[node];
    for (std::uint32_t i = parent.children; i < parent.children + parent.children_count; ++i) {
      if (nodes_[i].letter == letter) return i;
    }
    return none;
  }

  std::array<std::uint32_t, 256> first_{};
  std::vector<Node> nodes_;
};

}  // namespace footfall
