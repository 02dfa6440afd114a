// Which site a request is for: the Host header looked up among what is registered.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "app/registry.h"
#include "domain/site.h"
#include "ports/http.h"

namespace footfall {

// The host that a request names, lower case and without port; "" if it names none, or no host name.
std::string host_named(const Request& request);

// The site that a host belongs to, among those that `serves` is true of: the site of that name, with or without "www.",
// or one that lists the host. A host that nobody knows belongs to the only site, where there is only one.
//   returns  null      there is no site
//            nothing   there are several, and the host belongs to none of them (421)
std::optional<std::shared_ptr<const Site>> site_of_host(const std::shared_ptr<const Registered>& registered,
                                                        std::string_view host,
                                                        const std::function<bool(std::string_view site)>& serves);

}  // namespace footfall
