// Finds the first rule of a list that matches a text, without trying most of them.
//
// One walk over the text finds the words of the rules in it; only rules whose words are there are tried.
// Immutable but for expressions that compile when first needed: any thread.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/user_agents/expression.h"
#include "adapters/user_agents/rules.h"
#include "adapters/user_agents/word_finder.h"

namespace footfall {

class Matcher {
 public:
  // rules_text   as read_rules takes it; must outlive this
  explicit Matcher(std::string_view rules_text);

  // A text and the rules that may match it. The views given must outlive it.
  class Subject {
   public:
    [[nodiscard]] std::string_view text() const { return text_; }
    [[nodiscard]] std::string_view lower() const { return lower_; }

   private:
    friend class Matcher;
    std::string_view text_;
    std::string lower_;
    std::vector<std::uint64_t> candidates_;  // a bit a rule
  };

  [[nodiscard]] Subject prepare(std::string_view text) const;
  // The same with every rule a candidate: the slow way that the fast one is tested against.
  [[nodiscard]] Subject prepare_for_all_rules(std::string_view text) const;

  // The values of the first rule of the list that matches, with what its groups found filled in.
  [[nodiscard]] std::optional<std::array<std::string, 3>> first_match(RuleList list, const Subject& subject) const;

  // The names and versions of the lists.
  [[nodiscard]] std::string_view lists() const { return rules_.lists; }
  // What RE2 refuses, a line each; compiles everything.
  [[nodiscard]] std::string faults() const;

 private:
  [[nodiscard]] bool matches(std::size_t rule, const Subject& subject, std::span<std::string_view> groups) const;

  Rules rules_;
  std::array<std::size_t, rule_lists_count + 1> list_begins_{};
  std::vector<const Expression*> expression_of_rule_;  // null where the check is no regex
  std::deque<Expression> expressions_;
  std::vector<std::uint64_t> always_;  // rules without words, a bit each
  // The rules of word i are rules_of_word_[first_rule_of_word_[i]] to rules_of_word_[first_rule_of_word_[i + 1] - 1].
  std::vector<std::uint32_t> first_rule_of_word_;
  std::vector<std::uint16_t> rules_of_word_;
  std::optional<WordFinder> words_;
};

}  // namespace footfall
