// Why the server itself answers a request, and what it then says: one table for every such answer.
//
// Each is a problem document (RFC 9457) with a `code` that programs may rely on; the metrics count by the same reasons.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "ports/http.h"

namespace footfall {

enum class Refusal : std::uint8_t {
  // The request line
  bad_request_line,
  bad_target,
  target_too_long,
  bad_version,
  unsupported_version,
  unknown_method,
  // The header fields
  bad_field_name,
  bad_field_value,
  bad_line_end,
  folded_field,
  bad_host,
  head_too_large,
  too_many_fields,
  unknown_expectation,
  upgrade,
  plain_http,
  // The body
  bad_content_length,
  bad_transfer_encoding,
  bad_chunk,
  trailer,
  body_too_large,
  // Time
  head_too_slow,
  body_too_slow,
  answer_too_slow,
  // Room
  too_many_connections,
  too_many_connections_from_address,
  no_memory,
  queue_full,
  // The journal
  journal_failed,
  not_durable_in_time,
};
inline constexpr std::size_t refusal_count = static_cast<std::size_t>(Refusal::not_durable_in_time) + 1;

struct RefusalAnswer {
  int status;
  std::string_view code;    // for programs
  std::string_view detail;  // one sentence for a person
};

const RefusalAnswer& answer_to(Refusal refusal);

// The problem document, {"type":"about:blank","title":…,"status":…,"code":…,"detail":…}, as a response.
//   retry_after_seconds   goes with a 503
Response refusal_response(Refusal refusal, unsigned retry_after_seconds);

// How often each reason came.
using RefusalCounts = std::array<std::uint64_t, refusal_count>;

}  // namespace footfall
