#include "adapters/user_agents/rules.h"

#include <optional>

#include "base/check.h"

extern "C" {
extern const char user_agent_rules_begin[];
extern const char user_agent_rules_end[];
}

namespace footfall {
namespace {

constexpr char word_separator = '\x1f';

// Cuts the text before the first `separator` off `rest`.
std::string_view take_until(char separator, std::string_view& rest) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return part;
}

std::optional<RuleList> list_named(std::string_view name) {
  if (name == "browser") return RuleList::browser;
  if (name == "os") return RuleList::os;
  if (name == "crawler") return RuleList::crawler;
  if (name == "isbot") return RuleList::isbot;
  return std::nullopt;
}

std::optional<Rule::Check> check_named(std::string_view name) {
  if (name == "word") return Rule::Check::word;
  if (name == "text") return Rule::Check::text;
  if (name == "regex") return Rule::Check::regex;
  return std::nullopt;
}

Rule read_rule(std::string_view line) {
  const auto list = list_named(take_until('\t', line));
  const auto check = check_named(take_until('\t', line));
  FOOTFALL_ASSERT(list && check);
  Rule rule{*list, *check, take_until('\t', line), {}, {}};
  for (std::string_view words = take_until('\t', line); !words.empty();) {
    rule.words.push_back(take_until(word_separator, words));
  }
  for (auto& value : rule.values) value = take_until('\t', line);
  return rule;
}

}  // namespace

Rules read_rules(std::string_view text) {
  Rules rules{take_until('\n', text), {}};
  while (!text.empty()) {
    rules.rules.push_back(read_rule(take_until('\n', text)));
    FOOTFALL_ASSERT(rules.rules.size() == 1 || rules.rules[rules.rules.size() - 2].list <= rules.rules.back().list);
  }
  return rules;
}

std::string_view embedded_rules() {
  return {user_agent_rules_begin, static_cast<std::size_t>(user_agent_rules_end - user_agent_rules_begin)};
}

}  // namespace footfall
