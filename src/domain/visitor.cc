#include "domain/visitor.h"

#include <algorithm>

namespace footfall {
namespace {

std::uint64_t never_zero(std::uint64_t hash) { return std::max<std::uint64_t>(hash, 1); }

}  // namespace

std::uint64_t visitor_hash(const SipKey& salt, std::string_view site, const Address& address,
                           std::string_view user_agent) {
  const std::string_view bytes(reinterpret_cast<const char*>(address.bytes().data()), address.bytes().size());
  // Each part is hashed under the result of the part before: no two splits of one text can meet.
  const std::uint64_t by_site = siphash(salt, site);
  const std::uint64_t by_address = siphash({by_site, salt.high}, bytes);
  return never_zero(siphash({by_address, salt.high}, user_agent));
}

std::uint64_t given_visitor_hash(const SipKey& key, std::string_view site, std::string_view visitor) {
  return never_zero(siphash({siphash(key, site), key.high}, visitor));
}

}  // namespace footfall
