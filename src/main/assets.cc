#include "main/assets.h"

#include <vector>

// The symbols that cmake/GatherAssets.cmake makes.
#define FOOTFALL_ASSET(name, symbol)      \
  extern "C" const char symbol##_begin[]; \
  extern "C" const char symbol##_end[];
#include "assets_table.inc"
#undef FOOTFALL_ASSET

namespace footfall {

std::span<const Asset> assets() {
#define FOOTFALL_ASSET(name, symbol) \
  Asset{name, std::string_view(symbol##_begin, static_cast<std::size_t>(symbol##_end - symbol##_begin))},
  static const std::vector<Asset> gathered{
#include "assets_table.inc"
  };
#undef FOOTFALL_ASSET
  return gathered;
}

}  // namespace footfall
