// The settings of a counter as text, and how an owner changes them.
//
// Journal and store keep them as one JSON text. A change names what is to be different; the rest stays. Rules that go
// on are left alone, others end at the value the counter has, and stay known: what they made win stays won.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/json.h"
#include "base/result.h"
#include "domain/counter_rules.h"
#include "ports/crypto.h"

namespace footfall {

std::string settings_text(const CounterSettings& settings);
// Error: corrupt.
Result<CounterSettings> settings_of(std::string_view text);

// What an owner asks for, read and within limits.
struct SettingsChange {
  struct Winners {
    std::vector<std::uint64_t> exact;
    std::optional<std::uint64_t> every;
    std::optional<std::uint64_t> random_one_in;
  };
  std::optional<std::uint64_t> initial;
  std::optional<OncePer> once_per;
  std::optional<Winners> winners;
  std::optional<std::vector<std::string>> prizes;
  std::optional<std::string> fallback;
};
// Errors: invalid, too_large, too_many; the field is the member.
Result<SettingsChange> read_settings_change(const json::object& body);
// Whether the counter of this key can be told so: TOTAL is not incremented, so it can only begin at a value.
//   errors  invalid  field "key"
Result<Done> check_settings_change(std::string_view key, const SettingsChange& change);

// The settings with the change.
//   errors  exists     it would begin earlier: numbers that were answered would be answered again
//           invalid    a number to win has passed
//           too_many   rules; too_large: all together
Result<CounterSettings> changed(const CounterState& now, const SettingsChange& change, const Crypto& crypto);
// The same for a change that is asked for at every start, by a configuration: what is so already stays as it is. A pool
// goes on where it was, and a counter that begins at more than is asked for goes on from there.
Result<CounterSettings> configured(const CounterState& now, SettingsChange change, const Crypto& crypto);
// The settings with every random rule ended and its seed told. Error: not_found (there is none to tell).
Result<CounterSettings> revealed(const CounterSettings& now, std::uint64_t value);

// The rules as the API shows them. To strangers without what would tell them when to count: lucky numbers and seeds.
enum class Audience { strangers, owner };
json::array rules_json(const CounterSettings& settings, Audience audience, const Crypto& crypto);

}  // namespace footfall
