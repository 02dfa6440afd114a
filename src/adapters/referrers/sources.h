// The sources that matter, by host, by Android app, and by the names that campaigns use.
#pragma once

#include <string_view>

namespace footfall {

struct KnownSource {
  std::string_view key;  // lower case
  std::string_view source;
  std::string_view medium;
};

// A host ("reddit.com"), or one with ".*" for the domain of a country ("google.*"); exactly this one. Null: not known.
const KnownSource* source_of_host(std::string_view host);
// The name of an app, e.g. "com.reddit.frontpage".
const KnownSource* source_of_app(std::string_view name);
// A name that campaigns give a source, in lower case: what reports call it ("hacker news"), or one of its short names.
const KnownSource* source_of_name(std::string_view name);

}  // namespace footfall
