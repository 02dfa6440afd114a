#include "adapters/user_agents/matcher.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace footfall {
namespace {

constexpr std::size_t bits = 64;

void set_bit(std::vector<std::uint64_t>& set, std::size_t bit) { set[bit / bits] |= std::uint64_t{1} << (bit % bits); }

// "Firefox ($1)" with $1 replaced by what the first group found.
std::string filled_in(std::string_view value, std::span<const std::string_view> groups) {
  std::string filled;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool is_group = value[i] == '$' && i + 1 < value.size() && value[i + 1] >= '1' && value[i + 1] <= '9';
    if (!is_group) {
      filled.push_back(value[i]);
      continue;
    }
    const auto group = static_cast<std::size_t>(value[++i] - '0');
    if (group < groups.size()) filled.append(groups[group]);
  }
  return std::string(trim(filled));
}

}  // namespace

Matcher::Matcher(std::string_view rules_text) : rules_(read_rules(rules_text)) {
  const auto& rules = rules_.rules;
  FOOTFALL_ASSERT(rules.size() <= std::numeric_limits<std::uint16_t>::max());
  always_.resize((rules.size() + bits - 1) / bits);
  expression_of_rule_.resize(rules.size());
  std::vector<std::pair<std::string_view, std::uint16_t>> rules_by_word;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    for (std::size_t list = static_cast<std::size_t>(rules[i].list) + 1; list <= rule_lists_count; ++list) {
      list_begins_[list] = i + 1;
    }
    if (rules[i].check == Rule::Check::regex) expression_of_rule_[i] = &expressions_.emplace_back(rules[i].pattern);
    if (rules[i].words.empty()) set_bit(always_, i);
    for (const auto word : rules[i].words) rules_by_word.emplace_back(word, static_cast<std::uint16_t>(i));
  }
  std::sort(rules_by_word.begin(), rules_by_word.end());

  std::vector<std::string_view> words;
  for (const auto& [word, rule] : rules_by_word) {
    if (words.empty() || words.back() != word) {
      words.push_back(word);
      first_rule_of_word_.push_back(static_cast<std::uint32_t>(rules_of_word_.size()));
    }
    rules_of_word_.push_back(rule);
  }
  first_rule_of_word_.push_back(static_cast<std::uint32_t>(rules_of_word_.size()));
  words_.emplace(words);
}

Matcher::Subject Matcher::prepare(std::string_view text) const {
  Subject subject;
  subject.text_ = text;
  subject.lower_ = to_lower(text);
  subject.candidates_ = always_;
  words_->find(subject.lower_, [&](std::uint32_t word) {
    for (std::uint32_t i = first_rule_of_word_[word]; i < first_rule_of_word_[word + 1]; ++i) {
      set_bit(subject.candidates_, rules_of_word_[i]);
    }
  });
  return subject;
}

Matcher::Subject Matcher::prepare_for_all_rules(std::string_view text) const {
  Subject subject;
  subject.text_ = text;
  subject.lower_ = to_lower(text);
  subject.candidates_.resize(always_.size());
  for (std::size_t i = 0; i < rules_.rules.size(); ++i) set_bit(subject.candidates_, i);
  return subject;
}

bool Matcher::matches(std::size_t rule, const Subject& subject, std::span<std::string_view> groups) const {
  const Rule& candidate = rules_.rules[rule];
  switch (candidate.check) {
    case Rule::Check::word:
      return std::any_of(candidate.words.begin(), candidate.words.end(),
                         [&](std::string_view word) { return subject.lower_.find(word) != std::string::npos; });
    case Rule::Check::text:
      return subject.text_.find(candidate.pattern) != std::string_view::npos;
    case Rule::Check::regex:
      return expression_of_rule_[rule]->matches(subject.text_, groups);
  }
  FOOTFALL_ASSERT(false);
  return false;
}

std::optional<std::array<std::string, 3>> Matcher::first_match(RuleList list, const Subject& subject) const {
  const std::size_t begin = list_begins_[static_cast<std::size_t>(list)];
  const std::size_t end = list_begins_[static_cast<std::size_t>(list) + 1];
  for (std::size_t i = begin; i < end;) {
    const std::uint64_t rest = subject.candidates_[i / bits] >> (i % bits);
    if (rest == 0) {
      i = (i / bits + 1) * bits;
      continue;
    }
    i += static_cast<std::size_t>(std::countr_zero(rest));
    if (i >= end) break;
    std::array<std::string_view, 4> groups;
    if (matches(i, subject, groups)) {
      std::array<std::string, 3> values;
      std::transform(rules_.rules[i].values.begin(), rules_.rules[i].values.end(), values.begin(),
                     [&](std::string_view value) { return filled_in(value, groups); });
      return values;
    }
    ++i;
  }
  return std::nullopt;
}

std::string Matcher::faults() const {
  std::string faults;
  for (std::size_t i = 0; i < rules_.rules.size(); ++i) {
    const std::string fault = expression_of_rule_[i] == nullptr ? "" : expression_of_rule_[i]->fault();
    if (!fault.empty()) faults += std::string(rules_.rules[i].pattern) + ": " + fault + "\n";
  }
  return faults;
}

}  // namespace footfall
