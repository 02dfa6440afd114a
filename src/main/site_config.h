// The sites that a server is told to serve: by the tables [site."HOST"] of its configuration file, and by flags.
#pragma once

#include <string>
#include <vector>

#include "app/json.h"
#include "base/result.h"

namespace footfall {

struct ConfiguredCounter {
  std::string key;
  json::object settings;  // as of PUT /api/counters/{key}
  std::string where;      // as a site's
};

struct ConfiguredSite {
  std::string name;                         // a host name; empty: whatever host is asked for
  std::string root;                         // a folder of files,
  std::string upstream;                     // or a server behind this one; or neither: its pages are served elsewhere
  json::object settings;                    // those that were given, by their names in the API (app/site_json.h)
  std::vector<ConfiguredCounter> counters;  // those that were given
  std::string where;  // for what turns out to be wrong with it, e.g. `sites.toml:7: site."example.com"`
};

// Reads the tables [site."HOST"] of a file and looks at nothing else in it.
//   errors  invalid  with file, line and key: not TOML, no host name, a key that there is not, a value that cannot be
Result<std::vector<ConfiguredSite>> read_site_tables(const std::string& file);

// What the flags --site, --root, --upstream, --session and --protect say; empty: nothing.
struct SiteFlags {
  std::vector<std::string> sites;
  std::string root;
  std::string upstream;
  std::string session;
  std::string protect;
};

// Adds what flags say to what a file says, and lets the flags win. They are for the sites that --site names; without
// --site, for the only site.
//   errors  invalid  it is not clear which site is meant, or what it says cannot be
Result<std::vector<ConfiguredSite>> with_flags(std::vector<ConfiguredSite> sites, const SiteFlags& flags);

}  // namespace footfall
