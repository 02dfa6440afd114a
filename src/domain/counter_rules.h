// Who may count, and which numbers win: the settings of one counter.
//
// A rule holds for the numbers behind the one the counter stood at when the rule was made, up to the one at which it
// was ended: nobody can make a number win, or lose, after it was given. Pure; the caller brings the HMAC.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace footfall {

// How often one visitor counts. The names are the API's.
enum class OncePer : std::uint8_t { request, session, visitor_day };
std::string_view name_of(OncePer once_per);
std::optional<OncePer> once_per_named(std::string_view name);

struct WinnerRule {
  enum class Kind : std::uint8_t { exact, every, random };

  std::uint32_t id = 0;  // from 1, in the order in which the counter got them
  Kind kind = Kind::exact;
  std::vector<std::uint64_t> numbers;  // exact: those that win, in order
  std::uint64_t one_in = 0;            // every, random
  std::array<std::byte, 32> seed{};    // random
  std::uint64_t since = 0;             // the first number it is about is the one behind
  std::optional<std::uint64_t> until;  // the last one; none: it goes on
  bool revealed = false;               // random: the seed may be told

  friend bool operator==(const WinnerRule&, const WinnerRule&) = default;
};
std::string_view name_of(WinnerRule::Kind kind);

struct CounterSettings {
  std::uint64_t initial = 0;  // where counting began
  OncePer once_per = OncePer::request;
  std::vector<WinnerRule> rules;
  std::vector<std::string> prizes;  // JSON objects, to be handed out in this order
  std::string fallback;             // a JSON object, when they are gone
  std::uint64_t prizes_from = 0;    // so many had been handed out when this pool was given

  friend bool operator==(const CounterSettings&, const CounterSettings&) = default;
};

// What a counter is at the moment its settings are changed.
struct CounterState {
  const CounterSettings& settings;
  std::optional<std::uint64_t> value;  // none: there is no such counter yet
  std::uint64_t pool_taken = 0;        // surprises handed out
};

using Digest = std::array<std::byte, 32>;
using Hmac = std::function<Digest(std::string_view key, std::string_view text)>;

// The text whose HMAC decides on a number: site, key and number in decimal, a zero byte between them.
std::string draw_text(std::string_view site, std::string_view key, std::uint64_t number);
// The digest as one big-endian number, modulo `n`. n: 1 to counter_value_max.
std::uint64_t remainder_of(const Digest& digest, std::uint64_t n);

// The rule by which the number wins; null: it does not.
const WinnerRule* winning_rule(const CounterSettings& settings, std::string_view site, std::string_view key,
                               std::uint64_t number, const Hmac& hmac);

}  // namespace footfall
