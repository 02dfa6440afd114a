#include "adapters/http_server/refusal.h"

#include <utility>

#include "base/check.h"

namespace footfall {
namespace {

// In the order of the enum.
constexpr std::array<RefusalAnswer, refusal_count> answers{{
    {400, "bad_request_line", "The request line is not 'METHOD target HTTP/1.1'."},
    {400, "bad_target", "The request target is not a path or an absolute URL of this host, in printable ASCII."},
    {414, "target_too_long", "The request target is too long."},
    {400, "bad_version", "The HTTP version cannot be read."},
    {505, "unsupported_version", "Only HTTP/1.1 and HTTP/1.0 are spoken here."},
    {501, "unknown_method", "This method is not known here."},
    {400, "bad_field_name", "A header line does not begin with a name and a colon."},
    {400, "bad_field_value", "A header value holds a control character."},
    {400, "bad_line_end", "A line does not end with CR LF."},
    {400, "folded_field", "A header value is folded over several lines."},
    {400, "bad_host", "There must be exactly one Host header, and it must name one host."},
    {431, "head_too_large", "The header fields are too large."},
    {431, "too_many_fields", "There are too many header fields."},
    {417, "unknown_expectation", "Only the expectation '100-continue' can be met."},
    {501, "upgrade", "The connection cannot be upgraded."},
    {400, "plain_http", "This port speaks HTTPS only."},
    {400, "bad_content_length", "There may be one Content-Length, a whole number, and no Transfer-Encoding beside it."},
    {400, "bad_transfer_encoding", "The only transfer encoding is 'chunked', once, in HTTP/1.1."},
    {400, "bad_chunk", "A chunk of the body is not written as RFC 9112 asks, or its size line is too long."},
    {400, "trailer", "Trailer fields are not taken."},
    {413, "body_too_large", "The body is too large for this route."},
    {408, "head_too_slow", "The head of the request did not come in time."},
    {408, "body_too_slow", "The body of the request did not come in time."},
    {503, "answer_too_slow", "The answer could not be made in time. Try again later."},
    {503, "too_many_connections", "Too many connections are open. Try again later."},
    {503, "too_many_connections_from_address", "Too many connections are open from this address."},
    {503, "no_memory", "Too many bodies are being received. Try again later."},
    {503, "queue_full", "Too many queries are waiting. Try again later."},
    {503, "journal_failed", "What was sent could not be written to disk. Whether it counts is not known."},
    {503, "not_durable_in_time", "What was sent was not on disk in time. Whether it counts is not known."},
}};

}  // namespace

const RefusalAnswer& answer_to(Refusal refusal) { return answers.at(static_cast<std::size_t>(refusal)); }

Response refusal_response(Refusal refusal, unsigned retry_after_seconds) {
  const RefusalAnswer& answer = answer_to(refusal);
  std::string document = R"({"type":"about:blank","title":")";
  document += reason_phrase(answer.status);
  document += R"(","status":)";
  document += std::to_string(answer.status);
  document += R"(,"code":")";
  document += answer.code;
  document += R"(","detail":")";
  document += answer.detail;
  document += R"("})";
  Response response;
  response.status = answer.status;
  response.headers.push_back({"content-type", "application/problem+json"});
  if (answer.status == 503) response.headers.push_back({"retry-after", std::to_string(retry_after_seconds)});
  response.body = std::move(document);
  return response;
}

}  // namespace footfall
