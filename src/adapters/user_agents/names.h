// How browsers, systems and their versions are called in reports.
//
// uap-core's families are fine-grained ("Chrome Mobile iOS"). Reports want what a person would say, and one name per
// browser whatever it runs on. Where Plausible has a name for it, that is the one used, so that a site that moves over
// finds its rows continued: "Microsoft Edge", "Samsung Browser", "Mac", "GNU/Linux", and "Mobile App" for a web view
// inside an app that does not say which. names.cc is the table; a family it does not list keeps uap-core's name.
//
// A version is what people say too: mostly the major number, major.minor where that is how releases are counted
// (Safari 17.5, iOS 17.5, Ubuntu 22.04, macOS 10.15), none where the number belongs to something else (the kernel of
// a Linux, the engine of a web view).
#pragma once

#include <string>
#include <string_view>

namespace footfall {

struct NameAndVersion {
  std::string name;
  std::string version;
};

// family, major and minor as uap-core gives them; empty where unknown.
NameAndVersion browser_name(std::string_view family, std::string_view major, std::string_view minor);
NameAndVersion os_name(std::string_view family, std::string_view major, std::string_view minor);

// True for programs that people browse with; false for libraries, crawlers and whatever else has a User-Agent.
bool is_known_browser(std::string_view family);

}  // namespace footfall
