// The counters of a site that a configuration file sets: its tables [site."HOST".counter."KEY"].
//
// They are put in force at every start and at every SIGHUP; what is so already stays as it is (`configured` of
// app/counter_settings.h).
#pragma once

#include <toml++/toml.h>

#include <string>
#include <string_view>
#include <vector>

#include "app/collector.h"
#include "base/result.h"
#include "main/site_config.h"
#include "ports/crypto.h"

namespace footfall {

// Reads the table `counter` of a site. `place` is what stands before a key's name where something is wrong, e.g.
// `site."example.com".counter`.
//   errors  invalid  with file, line and key
Result<std::vector<ConfiguredCounter>> read_counters(const toml::node& node, const std::string& file,
                                                     std::string_view place);

//   errors  invalid  a counter cannot be so, with the place that says so; those of the collector
Result<Done> set_counters(Collector& collector, const Crypto& crypto, const std::vector<ConfiguredSite>& sites);

}  // namespace footfall
