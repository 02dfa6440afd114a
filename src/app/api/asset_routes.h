// What Footfall brings along: the script, the charts, the description of the API.
#pragma once

#include <span>
#include <string_view>

#include "app/api/router.h"

namespace footfall {

// A file that is part of the program.
struct Asset {
  std::string_view path;  // e.g. "dashboard.html", "js/footfall.js"
  std::string_view bytes;
};

// GET /js/footfall.js, /js/counter.js, /dashboard and its files, /api/openapi.json. The bytes must outlive the router.
void add_asset_routes(Router& router, std::span<const Asset> assets);

}  // namespace footfall
