// Pages that are not the API: the site's own files, and what Footfall brings along (script, charts).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "app/api/router.h"
#include "ports/site_files.h"

namespace footfall {

// Answers a request with a file, 304 when the reader has it, or the site's 404 page.
Response site_page(SiteFiles& files, const Request& request);

// A file that is part of the program.
struct Asset {
  std::string_view path;  // e.g. "dashboard.html", "js/footfall.js"
  std::string_view bytes;
};

// GET /js/footfall.js, /js/counter.js, /dashboard and its files, /api/openapi.json. The bytes must outlive the router.
void add_asset_routes(Router& router, std::span<const Asset> assets);

// The media type by the name's ending; "application/octet-stream" when it is not known.
std::string_view media_type(std::string_view name);

}  // namespace footfall
