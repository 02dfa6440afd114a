// What a request knows of a file already, and whether it is still so (RFC 9110 §13).
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "ports/http.h"

namespace footfall {

// What tells one version of a file from another.
struct Validators {
  std::string_view etag;  // quoted, strong
  std::optional<std::chrono::sys_seconds> modified;
  bool date_is_exact = false;  // no other version has this date
};

enum class Precondition {
  holds,         // answer as if nothing had been asked
  not_modified,  // 304: the client has it
  failed,        // 412
};

// For GET and HEAD of something that is there. If-Match goes before If-Unmodified-Since, If-None-Match before
// If-Modified-Since; what cannot be read counts as not sent, but for entity tags, which then match nothing.
Precondition check_preconditions(const Request& request, const Validators& now);

// True if a part may be sent (If-Range): the parts that the client has are of this very version.
bool may_send_part(const Request& request, const Validators& now);

}  // namespace footfall
