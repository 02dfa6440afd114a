#include "domain/counter_rules.h"

#include <algorithm>

#include "base/text.h"

namespace footfall {

std::string_view name_of(OncePer once_per) {
  switch (once_per) {
    case OncePer::request:
      return "request";
    case OncePer::session:
      return "session";
    case OncePer::visitor_day:
      return "visitor-day";
  }
  return "";
}

std::optional<OncePer> once_per_named(std::string_view name) {
  for (const OncePer once_per : {OncePer::request, OncePer::session, OncePer::visitor_day}) {
    if (name_of(once_per) == name) return once_per;
  }
  return std::nullopt;
}

std::string_view name_of(WinnerRule::Kind kind) {
  switch (kind) {
    case WinnerRule::Kind::exact:
      return "exact";
    case WinnerRule::Kind::every:
      return "every";
    case WinnerRule::Kind::random:
      return "random";
  }
  return "";
}

std::string draw_text(std::string_view site, std::string_view key, std::uint64_t number) {
  std::string text(site);
  text.push_back('\0');
  text.append(key);
  text.push_back('\0');
  text.append(std::to_string(number));
  return text;
}

std::uint64_t remainder_of(const Digest& digest, std::uint64_t n) {
  std::uint64_t remainder = 0;  // below 2^53, so that a byte more fits
  for (const std::byte byte : digest) remainder = (remainder * 256 + std::to_integer<std::uint64_t>(byte)) % n;
  return remainder;
}

namespace {

bool wins(const WinnerRule& rule, std::string_view site, std::string_view key, std::uint64_t number, const Hmac& hmac) {
  if (number <= rule.since || (rule.until && number > *rule.until)) return false;
  switch (rule.kind) {
    case WinnerRule::Kind::exact:
      return std::binary_search(rule.numbers.begin(), rule.numbers.end(), number);
    case WinnerRule::Kind::every:
      return number % rule.one_in == 0;
    case WinnerRule::Kind::random:
      return remainder_of(hmac(text_of(rule.seed), draw_text(site, key, number)), rule.one_in) == 0;
  }
  return false;
}

}  // namespace

const WinnerRule* winning_rule(const CounterSettings& settings, std::string_view site, std::string_view key,
                               std::uint64_t number, const Hmac& hmac) {
  for (const WinnerRule& rule : settings.rules) {
    if (wins(rule, site, key, number, hmac)) return &rule;
  }
  return nullptr;
}

}  // namespace footfall
