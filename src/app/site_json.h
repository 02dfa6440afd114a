// A site as JSON: in the registry's file, and over the API.
#pragma once

#include "app/json.h"
#include "base/result.h"
#include "domain/site.h"

namespace footfall {

// Every setting, and the name as "site".
json::object to_json(const Site& site);

// Takes the settings that are there and leaves the others as they are; unknown members are ignored.
//   errors  invalid  a value of a wrong type, or outside what it may be; field is the member's name
Result<Done> take_settings(const json::object& object, Site& site);

// What holds between settings. Error: invalid.
Result<Done> check_settings(const Site& site);

}  // namespace footfall
