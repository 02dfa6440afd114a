// Reading a query string with its errors: every wrong parameter is a problem that names it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/api/router.h"
#include "app/registry.h"
#include "base/result.h"
#include "base/time.h"

namespace footfall {

class Parameters {
 public:
  explicit Parameters(std::string_view query) : query_(query) {}

  // Decoded; nothing when it is not there or empty. Error: invalid.
  [[nodiscard]] Result<std::optional<std::string>> text(std::string_view name) const;
  // Error: invalid (no whole number, or outside).
  [[nodiscard]] Result<std::optional<std::uint64_t>> number(std::string_view name, std::uint64_t min,
                                                            std::uint64_t max) const;
  // RFC 3339, or a date. For `to`, a date means its end. Error: invalid.
  [[nodiscard]] Result<std::optional<Instant>> from(std::string_view name = "from") const;
  [[nodiscard]] Result<std::optional<Instant>> to(std::string_view name = "to") const;
  // "true"/"1" or "false"/"0". Error: invalid.
  [[nodiscard]] Result<bool> flag(std::string_view name) const;

 private:
  std::string_view query_;
};

// The registered site that `site` names; without it, the only one there is.
//   errors  invalid    none is named and there is not exactly one, or it is no host name
//           not_found  it is not registered, or (with a role) the caller's token does not open it
Result<std::string> site_of(const Call& call, const Registry& registry, std::optional<Role> role = std::nullopt);

}  // namespace footfall
