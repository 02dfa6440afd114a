// The name of a file that a request's path may stand for: relative, decoded, and nothing that is hidden or odd.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace footfall {

// "/a%20b/" gives "a b/"; "/" gives "". Nothing for
//   - an empty segment, or one that begins with a dot: "..", ".git", ".env"; but "/.well-known/" (RFC 8615) is open
//   - a slash or backslash that was encoded, a plain backslash, a control character, a '%' that encodes nothing
//   - more than site_name_bytes_max bytes
std::optional<std::string> site_name(std::string_view path);

}  // namespace footfall
