#include "app/api/visit_filter.h"

#include <array>

#include "app/api/parameters.h"

namespace footfall {

std::optional<std::string> hashed_ip(const AddressKeeper& keeper, std::string_view ip) {
  const auto address = Address::parse(ip);
  if (!address || address->is_none()) return std::nullopt;
  return keeper.keep(*address, KeptAddress::hashed).text();
}

Result<VisitFilter> read_visit_filter(const Call& call, const VisitServices& services, Role role) {
  VisitFilter filter;
  auto site = site_of(call, services.registry, role);
  if (!site) return site.error();
  filter.site = std::move(*site);
  const Parameters parameters(call.request.query);
  struct Column {
    const char* name;
    std::optional<std::string>& into;
  };
  for (const Column& column : {Column{"ip", filter.ip}, Column{"path", filter.path}, Column{"session", filter.session},
                               Column{"visitor", filter.visitor}, Column{"event", filter.event}}) {
    auto text = parameters.text(column.name);
    if (!text) return text.error();
    column.into = std::move(*text);
  }
  if (filter.ip) {
    const auto address = StoredAddress::parse(*filter.ip);
    if (!address) {
      return Error{ErrorCode::invalid, "'ip' is neither an IP address nor one as a row shows it (hashed:…)", "ip"};
    }
    filter.ip = address->text();  // IPv6 can be written in many ways, and is stored in one
    filter.hashed_ip = hashed_ip(services.keeper, *filter.ip);
  }
  const auto from = parameters.from();
  if (!from) return from.error();
  const auto to = parameters.to();
  if (!to) return to.error();
  if (*from && *to && **from >= **to) return Error{ErrorCode::invalid, "'to' must be later than 'from'", "to"};
  filter.from = *from;
  filter.to = *to;
  return filter;
}

}  // namespace footfall
