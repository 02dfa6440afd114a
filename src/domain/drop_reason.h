// Why a recording request was not counted: what policy says, never a failure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace footfall {

// The numbers are kept on disk; new reasons go to the end. Names are those of `x-footfall-dropped` and of the label in
// /metrics: docs/guards.md.
enum class DropReason : std::uint8_t {
  unknown_site = 0,      // the site is not registered
  foreign_origin = 1,    // `Origin` is no host of the site
  foreign_referrer = 2,  // no `Origin`, and `Referer` is no host of the site
  cross_site = 3,        // neither of them, and `Sec-Fetch-Site` says that another site's page asked
  no_token = 4,          // strict: there is neither a page token nor an ingest token
  bad_token = 5,         // strict: the page token is none of this site's
  expired_token = 6,     // strict: it was one
  replayed = 7,          // what this page token says was recorded moments ago
  dnt = 8,               // `DNT: 1`, which the site honours
  gpc = 9,               // `Sec-GPC: 1`, which the site honours
};
inline constexpr std::size_t drop_reasons = 10;

std::string_view name_of(DropReason reason);
std::optional<DropReason> drop_reason_named(std::string_view name);

// Whether what is dropped for this reason goes into the quarantine. There is nobody to keep it for when the site is not
// known, and nothing may be kept of who asked not to be counted.
bool is_kept(DropReason reason);

}  // namespace footfall
