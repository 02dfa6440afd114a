// Places out of a MaxMind DB file, whoever made it.
//
// Read are the layouts of MaxMind's own files (`country.iso_code`, `subdivisions[0]`, `city.names.en`) and of
// ip-location-db's (`country_code`, `state1` and `city` at the top). The file is mapped into memory, so that a start
// costs nothing and only what is looked up is read. Replace it by renaming another over it, never by writing into it.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "ports/places.h"

namespace footfall {

// Opens a database of places.
//   path     a MaxMind DB file; empty: none, so that every address is nowhere
//   errors   not_found    there is no such file, or it may not be read
//            corrupt      it is no MaxMind DB, or not whole
//   threads  any
//   cost     a look-up takes about 1 µs
//   source   https://maxmind.github.io/MaxMind-DB/
Result<std::unique_ptr<const Places>> open_places(const std::string& path);

}  // namespace footfall
