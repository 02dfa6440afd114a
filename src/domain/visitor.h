// Who made a hit, without a cookie: a keyed hash of the day's salt, the site, the address and the user agent.
//
// The salt is new each UTC day and destroyed two days later, so that nobody, the owner included, can go back from a
// hash to an address or follow a visitor from one day to another. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/siphash.h"
#include "domain/address.h"

namespace footfall {

// Never 0. `salt` is the SipHash key of the day.
std::uint64_t visitor_hash(const SipKey& salt, std::string_view site, const Address& address,
                           std::string_view user_agent);

// The same for an id that a caller gave: it has no day.
std::uint64_t given_visitor_hash(const SipKey& key, std::string_view site, std::string_view visitor);

}  // namespace footfall
