// Which visits a request means: site, ip, path, session, visitor, event, from and to.
#pragma once

#include "app/api/router.h"
#include "app/api/services.h"
#include "base/result.h"
#include "domain/visit_row.h"

namespace footfall {

// Reads the parameters of that name. An address is looked for as it is and as a site shows it that hashes.
// Errors: those of Parameters and site_of; invalid.
Result<VisitFilter> read_visit_filter(const Call& call, const VisitServices& services, Role role);

// The text that a site which hashes shows for this address; nothing for any other text.
std::optional<std::string> hashed_ip(const AddressKeeper& keeper, std::string_view ip);

}  // namespace footfall
