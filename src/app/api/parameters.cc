#include "app/api/parameters.h"

#include "base/text.h"
#include "domain/page.h"

namespace footfall {
namespace {

Error wrong(std::string_view name, const std::string& must) {
  return {ErrorCode::invalid, "'" + std::string(name) + "' " + must, std::string(name)};
}

}  // namespace

Result<std::optional<std::string>> Parameters::text(std::string_view name) const {
  const auto encoded = find_parameter(query_, name);
  if (!encoded || encoded->empty()) return std::optional<std::string>{};
  auto decoded = percent_decode(*encoded, PlusMeans::space);
  if (!decoded) return wrong(name, "is not percent-encoded as RFC 3986 says");
  if (!is_utf8(*decoded) || decoded->find('\0') != std::string::npos) return wrong(name, "is not UTF-8 text");
  return std::optional<std::string>(std::move(*decoded));
}

Result<std::optional<std::uint64_t>> Parameters::number(std::string_view name, std::uint64_t min,
                                                        std::uint64_t max) const {
  const auto given = text(name);
  if (!given) return given.error();
  if (!*given) return std::optional<std::uint64_t>{};
  const auto number = parse_unsigned(**given);
  if (!number || *number < min || *number > max) {
    return wrong(name, "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  }
  return std::optional(*number);
}

Result<std::optional<Instant>> Parameters::from(std::string_view name) const {
  const auto given = text(name);
  if (!given) return given.error();
  if (!*given) return std::optional<Instant>{};
  const auto time = parse_time(**given);
  if (!time) return wrong(name, "is not an RFC 3339 time or date");
  return std::optional(*time);
}

Result<std::optional<Instant>> Parameters::to(std::string_view name) const {
  const auto given = text(name);
  if (!given) return given.error();
  if (!*given) return std::optional<Instant>{};
  const auto time = parse_time(**given);
  if (!time) return wrong(name, "is not an RFC 3339 time or date");
  const bool is_date = (**given).size() == 10;
  return std::optional<Instant>(is_date ? *time + std::chrono::days(1) : *time);
}

Result<bool> Parameters::flag(std::string_view name) const {
  const auto given = text(name);
  if (!given) return given.error();
  if (!*given || **given == "false" || **given == "0") return false;
  if (**given == "true" || **given == "1") return true;
  return wrong(name, "must be true or false");
}

Result<std::string> site_of(const Call& call, const Registry& registry, std::optional<Role> role) {
  const auto given = Parameters(call.request.query).text("site");
  if (!given) return given.error();
  const auto registered = registry.now();
  std::string name;
  if (*given) {
    auto parsed = parse_site(**given);
    if (!parsed) return parsed.error();
    name = std::move(*parsed);
  } else {
    if (registered->sites.size() != 1) return wrong("site", "is missing");
    name = registered->sites.begin()->first;
  }
  // A site that the caller may not see is not told apart from one that is not there.
  if (!registered->sites.contains(name) || (role && !call.caller.may(*role, name))) {
    return Error{ErrorCode::not_found, "the site '" + name + "' is not registered", "site"};
  }
  return name;
}

}  // namespace footfall
