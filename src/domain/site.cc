#include "domain/site.h"

#include <algorithm>

namespace footfall {
namespace {

constexpr std::array<std::string_view, 3> session_modes{"off", "response", "redirect"};
constexpr std::array<std::string_view, 3> protects{"off", "origin", "strict"};
constexpr std::array<std::string_view, 4> kept_addresses{"full", "truncated", "hashed", "none"};

template <typename Enum, std::size_t Count>
std::optional<Enum> named(const std::array<std::string_view, Count>& names, std::string_view name) {
  const auto* found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::string_view name_of(SessionMode mode) { return session_modes.at(static_cast<std::size_t>(mode)); }
std::string_view name_of(Protect protect) { return protects.at(static_cast<std::size_t>(protect)); }
std::string_view name_of(KeptAddress address) { return kept_addresses.at(static_cast<std::size_t>(address)); }

std::optional<SessionMode> session_mode_named(std::string_view name) { return named<SessionMode>(session_modes, name); }
std::optional<Protect> protect_named(std::string_view name) { return named<Protect>(protects, name); }
std::optional<KeptAddress> kept_address_named(std::string_view name) {
  return named<KeptAddress>(kept_addresses, name);
}

bool is_dialect(std::string_view name) { return std::find(dialects.begin(), dialects.end(), name) != dialects.end(); }

}  // namespace footfall
