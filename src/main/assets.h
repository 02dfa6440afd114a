// The pages that the program carries.
#pragma once

#include <span>

#include "app/api/asset_routes.h"

namespace footfall {

// The script, the charts page and the description of the API; for the life of the program.
std::span<const Asset> assets();

}  // namespace footfall
