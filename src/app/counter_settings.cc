#include "app/counter_settings.h"

#include <algorithm>

#include "app/counters.h"
#include "base/text.h"
#include "domain/limits.h"

namespace footfall {
namespace {

using Kind = WinnerRule::Kind;

Error wrong(const char* field, const char* what) { return {ErrorCode::invalid, what, field}; }

std::string seed_text(const WinnerRule& rule) { return to_hex(rule.seed); }

bool seed_of(std::string_view hex, std::array<std::byte, 32>& seed) {
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
  };
  if (hex.size() != seed.size() * 2) return false;
  for (std::size_t i = 0; i < seed.size(); ++i) {
    const int high = digit(hex[2 * i]);
    const int low = digit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    seed[i] = static_cast<std::byte>(high * 16 + low);
  }
  return true;
}

// --- The text that is kept ---

json::object kept(const WinnerRule& rule) {
  json::object object{{"id", rule.id}, {"kind", name_of(rule.kind)}, {"since", rule.since}};
  if (rule.until) object["until"] = *rule.until;
  if (rule.kind == Kind::exact) object["numbers"] = json::array(rule.numbers.begin(), rule.numbers.end());
  if (rule.kind != Kind::exact) object["one_in"] = rule.one_in;
  if (rule.kind == Kind::random) {
    object["seed"] = seed_text(rule);
    object["revealed"] = rule.revealed;
  }
  return object;
}

std::uint64_t kept_number(const json::object& object, std::string_view name) {
  return object.at(name).to_number<std::uint64_t>();
}

// Throws what Boost.JSON throws when it is not what `kept` wrote.
WinnerRule rule_of(const json::object& object) {
  WinnerRule rule;
  rule.id = object.at("id").to_number<std::uint32_t>();
  const auto kind = std::string_view(object.at("kind").as_string());
  rule.kind = kind == name_of(Kind::exact) ? Kind::exact : kind == name_of(Kind::every) ? Kind::every : Kind::random;
  rule.since = kept_number(object, "since");
  if (object.contains("until")) rule.until = kept_number(object, "until");
  if (rule.kind == Kind::exact) {
    for (const json::value& number : object.at("numbers").as_array()) {
      rule.numbers.push_back(number.to_number<std::uint64_t>());
    }
  } else {
    rule.one_in = std::max<std::uint64_t>(1, kept_number(object, "one_in"));
  }
  if (rule.kind == Kind::random) {
    if (!seed_of(object.at("seed").as_string(), rule.seed)) throw std::invalid_argument("seed");
    rule.revealed = object.at("revealed").as_bool();
  }
  return rule;
}

}  // namespace

std::string settings_text(const CounterSettings& settings) {
  json::array rules;
  for (const WinnerRule& rule : settings.rules) rules.push_back(kept(rule));
  return json::serialize(json::object{{"initial", settings.initial},
                                      {"once_per", name_of(settings.once_per)},
                                      {"rules", std::move(rules)},
                                      {"prizes", json::array(settings.prizes.begin(), settings.prizes.end())},
                                      {"prizes_from", settings.prizes_from},
                                      {"fallback", settings.fallback}});
}

Result<CounterSettings> settings_of(std::string_view text) {
  const Error corrupt{ErrorCode::corrupt, "the settings of a counter are damaged"};
  const auto value = parse_json(text);
  if (!value || !value->is_object()) return corrupt;
  try {
    const json::object& object = value->get_object();
    CounterSettings settings;
    settings.initial = kept_number(object, "initial");
    settings.once_per = once_per_named(object.at("once_per").as_string()).value_or(OncePer::request);
    for (const json::value& rule : object.at("rules").as_array()) settings.rules.push_back(rule_of(rule.as_object()));
    for (const json::value& prize : object.at("prizes").as_array()) {
      settings.prizes.emplace_back(std::string_view(prize.as_string()));
    }
    settings.prizes_from = kept_number(object, "prizes_from");
    settings.fallback = std::string_view(object.at("fallback").as_string());
    return settings;
  } catch (const std::exception&) {
    return corrupt;
  }
}

// --- What an owner asks for ---

namespace {

Result<std::uint64_t> whole_number(const json::value& value, const char* field, std::uint64_t min) {
  boost::system::error_code problem;
  const auto number = value.to_number<std::uint64_t>(problem);
  if (problem || number < min || number > counter_value_max) {
    return Error{ErrorCode::invalid,
                 std::string("'") + field + "' must be a whole number from " + std::to_string(min) + " to 2^53 - 1",
                 field};
  }
  return number;
}

// A text, or an object with one of: text, url, code.
Result<std::string> read_prize(const json::value& value, const char* field) {
  const json::value given = value.is_string() ? json::value(json::object{{"text", value}}) : value;
  const Error bad = wrong(field, R"(a surprise is a text, or one of {"text":…}, {"url":…}, {"code":…})");
  if (!given.is_object() || given.get_object().size() != 1) return bad;
  const auto& [name, what] = *given.get_object().begin();
  if ((name != "text" && name != "url" && name != "code") || !what.is_string()) return bad;
  const std::string_view text = what.get_string();
  if (text.empty()) return wrong(field, "a surprise is empty");
  if (text.size() > prize_bytes_max) return Error{ErrorCode::too_large, "a surprise is over 2,000 bytes", field};
  if (name == "url" && !text.starts_with("https://") && !text.starts_with("http://")) {
    return wrong(field, "the URL of a surprise must begin with https:// or http://");
  }
  return json::serialize(given);
}

Result<Done> read_exact(const json::value& value, std::vector<std::uint64_t>& numbers) {
  const json::array* list = value.if_array();
  if (list == nullptr || list->empty()) return wrong("winners.exact", "the numbers that win must be a list");
  if (list->size() > exact_numbers_max) {
    return Error{ErrorCode::too_many, "at most 1,000 numbers can be named; a rule can say the rest", "winners.exact"};
  }
  for (const json::value& one : *list) {
    const auto number = whole_number(one, "winners.exact", 1);
    if (!number) return number.error();
    numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return Done{};
}

Result<SettingsChange::Winners> read_winners(const json::value& value) {
  SettingsChange::Winners winners;
  if (value.is_null()) return winners;
  if (!value.is_object()) return wrong("winners", "the rules must be an object, or null for none");
  for (const auto& [name, rule] : value.get_object()) {
    if (name == "exact") {
      if (const auto read = read_exact(rule, winners.exact); !read) return read.error();
    } else if (name == "every") {
      const auto number = whole_number(rule, "winners.every", 2);
      if (!number) return number.error();
      winners.every = *number;
    } else if (name == "random") {
      const json::value* one_in = rule.is_object() ? rule.get_object().if_contains("one_in") : nullptr;
      if (one_in == nullptr) return wrong("winners.random", R"(a draw is {"one_in":N})");
      if (rule.get_object().size() != 1) return wrong("winners.random", "the seed is made by the server");
      const auto number = whole_number(*one_in, "winners.random.one_in", 2);
      if (!number) return number.error();
      winners.random_one_in = *number;
    } else {
      return wrong("winners", "a rule is one of: exact, every, random");
    }
  }
  return winners;
}

}  // namespace

Result<SettingsChange> read_settings_change(const json::object& body) {
  SettingsChange change;
  for (const auto& [name, value] : body) {
    if (name == "initial") {
      const auto number = whole_number(value, "initial", 0);
      if (!number) return number.error();
      change.initial = *number;
    } else if (name == "once_per") {
      change.once_per = value.is_string() ? once_per_named(value.get_string()) : std::nullopt;
      if (!change.once_per) return wrong("once_per", "'once_per' is one of: request, session, visitor-day");
    } else if (name == "winners") {
      auto winners = read_winners(value);
      if (!winners) return winners.error();
      change.winners = std::move(*winners);
    } else if (name == "prizes") {
      if (!value.is_array()) return wrong("prizes", "the surprises must be a list");
      change.prizes.emplace();
      for (const json::value& one : value.get_array()) {
        auto prize = read_prize(one, "prizes");
        if (!prize) return prize.error();
        change.prizes->push_back(std::move(*prize));
      }
    } else if (name == "fallback") {
      auto prize = read_prize(value, "fallback");
      if (!prize) return prize.error();
      change.fallback = std::move(*prize);
    } else {
      return Error{ErrorCode::invalid, "a counter has no setting of this name", std::string(name)};
    }
  }
  return change;
}

Result<Done> check_settings_change(std::string_view key, const SettingsChange& change) {
  if (key == total_key && (change.once_per || change.winners || change.prizes || change.fallback)) {
    return Error{ErrorCode::invalid, "TOTAL is not incremented: it can only begin at a value", "key"};
  }
  return Done{};
}

// --- Applying it ---

namespace {

bool goes_on(const WinnerRule& rule) { return !rule.until.has_value(); }

class RuleChange {
 public:
  RuleChange(CounterSettings& settings, std::uint64_t value, const Crypto& crypto)
      : settings_(settings), value_(value), crypto_(crypto), before_(settings.rules.size()) {}

  Result<Done> apply(const SettingsChange::Winners& wanted) {
    if (!wanted.exact.empty() &&
        !keep([&](const WinnerRule& rule) { return rule.kind == Kind::exact && rule.numbers == wanted.exact; })) {
      if (wanted.exact.front() <= value_) {
        return Error{ErrorCode::invalid, "a number that wins has passed already", "winners.exact"};
      }
      add(Kind::exact).numbers = wanted.exact;
    }
    if (wanted.every &&
        !keep([&](const WinnerRule& rule) { return rule.kind == Kind::every && rule.one_in == *wanted.every; })) {
      add(Kind::every).one_in = *wanted.every;
    }
    if (wanted.random_one_in && !keep([&](const WinnerRule& rule) {
          return rule.kind == Kind::random && rule.one_in == *wanted.random_one_in;
        })) {
      WinnerRule& rule = add(Kind::random);
      rule.one_in = *wanted.random_one_in;
      crypto_.random(rule.seed);
    }
    for (std::size_t i = 0; i < before_; ++i) {
      WinnerRule& rule = settings_.rules[i];
      if (goes_on(rule) && std::find(kept_.begin(), kept_.end(), rule.id) == kept_.end()) rule.until = value_;
    }
    if (settings_.rules.size() > winner_rules_max) {
      return Error{ErrorCode::too_many, "a counter has at most 64 rules, those that have ended included", "winners"};
    }
    return Done{};
  }

 private:
  template <typename Is>
  bool keep(Is&& is) {
    const auto end = settings_.rules.begin() + static_cast<std::ptrdiff_t>(before_);
    const auto found =
        std::find_if(settings_.rules.begin(), end, [&](const WinnerRule& rule) { return goes_on(rule) && is(rule); });
    if (found == end) return false;
    kept_.push_back(found->id);
    return true;
  }
  WinnerRule& add(Kind kind) {
    WinnerRule& rule = settings_.rules.emplace_back();
    rule.id = static_cast<std::uint32_t>(settings_.rules.size());
    rule.kind = kind;
    rule.since = value_;
    return rule;
  }

  CounterSettings& settings_;
  const std::uint64_t value_;
  const Crypto& crypto_;
  const std::size_t before_;
  std::vector<std::uint32_t> kept_;
};

}  // namespace

Result<CounterSettings> changed(const CounterState& now, const SettingsChange& change, const Crypto& crypto) {
  CounterSettings after = now.settings;
  std::uint64_t value = now.value.value_or(0);
  if (change.initial) {
    if (*change.initial < now.settings.initial) {
      return Error{ErrorCode::exists, "a counter cannot go back: numbers it has answered would be answered again",
                   "initial"};
    }
    after.initial = *change.initial;
    value += after.initial - now.settings.initial;
  }
  if (change.once_per) after.once_per = *change.once_per;
  if (change.winners) {
    if (const auto done = RuleChange(after, value, crypto).apply(*change.winners); !done) return done.error();
  }
  if (change.prizes) {
    after.prizes = *change.prizes;
    after.prizes_from = now.pool_taken;
  }
  if (change.fallback) after.fallback = *change.fallback;
  if (settings_text(after).size() > counter_settings_bytes_max) {
    return Error{ErrorCode::too_large, "rules and surprises of a counter are over 24 KiB together", "prizes"};
  }
  return after;
}

Result<CounterSettings> configured(const CounterState& now, SettingsChange change, const Crypto& crypto) {
  if (change.initial && *change.initial <= now.settings.initial) change.initial.reset();
  if (change.prizes && *change.prizes == now.settings.prizes) change.prizes.reset();
  return changed(now, change, crypto);
}

Result<CounterSettings> revealed(const CounterSettings& now, std::uint64_t value) {
  CounterSettings after = now;
  bool any = false;
  for (WinnerRule& rule : after.rules) {
    if (rule.kind != WinnerRule::Kind::random || rule.revealed) continue;
    rule.revealed = any = true;
    if (goes_on(rule)) rule.until = value;
  }
  if (!any) return Error{ErrorCode::not_found, "the counter has no draw whose seed is not told yet", "key"};
  return after;
}

json::array rules_json(const CounterSettings& settings, Audience audience, const Crypto& crypto) {
  json::array rules;
  for (const WinnerRule& rule : settings.rules) {
    json::object shown{{"id", rule.id}, {"rule", name_of(rule.kind)}, {"since", rule.since}};
    shown["until"] = rule.until ? json::value(*rule.until) : json::value(nullptr);
    if (rule.kind == WinnerRule::Kind::exact && audience == Audience::owner) {
      shown["numbers"] = json::array(rule.numbers.begin(), rule.numbers.end());
    }
    if (rule.kind == WinnerRule::Kind::every && audience == Audience::owner) shown["every"] = rule.one_in;
    if (rule.kind == WinnerRule::Kind::random) {
      shown["one_in"] = rule.one_in;
      shown["seed_commitment"] = to_hex(crypto.sha256(text_of(rule.seed)));
      if (rule.revealed) shown["seed"] = seed_text(rule);
    }
    rules.push_back(std::move(shown));
  }
  return rules;
}

}  // namespace footfall
