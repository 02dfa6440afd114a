// The site's own files over HTTP: negotiated, conditional, in parts.
#pragma once

#include "ports/http.h"
#include "ports/site_files.h"

namespace footfall {

// Answers a request with what its path leads to: a file (200), parts of it (206, 416), that the client has it already
// (304) or that it is not what the client thinks (412), the way to a folder (308), or the site's 404 page. May block,
// unless `admit_site_page` has just said that it does not.
Response site_page(SiteFiles& files, const Request& request);

// A page in memory is answered where it was asked for; what needs a disk is done elsewhere, and not behind queries.
Admission admit_site_page(SiteFiles& files, const Request& request);

}  // namespace footfall
