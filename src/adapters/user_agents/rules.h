// The rules that scripts/data/user_agents.js made of the public lists, as they lie in the program.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace footfall {

// Of each list the first rule that matches wins.
enum class RuleList : std::uint8_t { browser, os, crawler, isbot };
inline constexpr std::size_t rule_lists_count = 4;

struct Rule {
  enum class Check : std::uint8_t {
    word,   // one of its words is there
    text,   // `pattern` is there, letter for letter
    regex,  // `pattern` matches, in RE2's dialect, over bytes
  };

  RuleList list = RuleList::browser;
  Check check = Check::word;
  std::string_view pattern;
  // Lower case: a text without any of these does not match, whatever the pattern. Empty: the rule must always be tried.
  std::vector<std::string_view> words;
  // browser and os: family, major, minor, with $1 for what the first group found. crawler and isbot: its name.
  std::array<std::string_view, 3> values;
};

struct Rules {
  std::string_view lists;  // their names and versions
  std::vector<Rule> rules;
};

// Reads what the converter wrote; the format is described there. The views point into `text`. What the program carries
// is its own, so that a fault in it is ours: it stops the process.
Rules read_rules(std::string_view text);

// The rules built into the program.
std::string_view embedded_rules();

}  // namespace footfall
