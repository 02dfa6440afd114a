// What a server behind us learns of the client: X-Forwarded-For, -Proto and -Host, and Forwarded (RFC 7239).
//
// Only what we know ourselves is said. What the client wrote under these names is dropped before: an application that
// believes the first address of a list would else believe whatever a stranger put there.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "domain/address.h"
#include "ports/http.h"

namespace footfall {

// Pure.
struct ForwardedFor {
  Address client;                // whom the request is from, behind all proxies that are believed
  std::optional<Address> proxy;  // the one of them that asked us, if there is one
  bool secure = false;           // the client asked by HTTPS
  std::string_view host;         // as the client named it; "" if it did not
};

// Appends the fields. Behind a proxy the lists have two entries, the client first, as each of the two has added whom it
// was asked by.
void add_forwarding_headers(std::vector<Header>& headers, const ForwardedFor& from);

// Whether only whoever stands directly before a server may say this: Forwarded, X-Forwarded-*, X-Real-IP, in any case.
bool is_forwarding_header(std::string_view name);

}  // namespace footfall
