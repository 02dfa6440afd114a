// Reads the head of a request strictly: whatever two parsers could understand differently is refused.
//
// The framing of a request decides where the next one begins, so an ambiguous one lets a stranger hide a request from
// whatever stands in front of us (request smuggling). Beast's own parser takes many of them (Content-Length beside
// Transfer-Encoding, lists of lengths, folded lines, two Hosts, none); this check takes none, and as it has seen every
// byte of the head it also hands over its parts. head_test.cc runs Beast behind it: what passes here, Beast reads in
// the same way; head_bench.cc says what the second reading would cost.
//
// Pure: no I/O, no allocation, no state between calls. Sources: RFC 9112 (syntax, framing), RFC 9110 (fields).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "adapters/http_server/refusal.h"
#include "domain/limits.h"
#include "ports/http.h"

namespace footfall {

struct HeadLimits {
  std::size_t target_bytes_max = footfall::target_bytes_max;
  // All header lines with their line ends.
  std::size_t fields_bytes_max = header_block_bytes_max;
  // At most header_count_max: a Head has room for no more.
  std::size_t fields_max = header_count_max;
};

// A registered method has at most 17 letters (RFC 9110 §16.1).
inline constexpr std::size_t method_bytes_max = 32;
// A head that keeps all limits fits in a read buffer, whatever its parts.
inline constexpr std::size_t head_bytes_max = method_bytes_max + target_bytes_max + header_block_bytes_max + 64;
static_assert(head_bytes_max <= read_buffer_bytes_max);

// A head as read; all text is a view into the bytes given.
struct Head {
  std::size_t bytes = 0;  // how long it is: the body begins there
  Method method = Method::get;
  std::string_view path;   // '/' first
  std::string_view query;  // without '?'
  std::string_view host;   // the Host header's value; empty only in HTTP/1.0
  bool http_1_0 = false;
  bool keep_alive = true;         // the client wants to send more requests
  bool chunked = false;           // a chunked body follows
  bool upgrade = false;           // the client asks for WebSocket in place of HTTP
  bool expects_continue = false;  // the client waits for "100 Continue" before it sends the body
  std::uint64_t content_length = 0;

  [[nodiscard]] std::span<const HeaderView> fields() const { return {fields_.data(), field_count_}; }

 private:
  friend class HeadReader;
  std::array<HeaderView, header_count_max> fields_;
  std::size_t field_count_ = 0;
};

enum class HeadState : std::uint8_t {
  incomplete,  // good so far: come again with more bytes
  complete,    // `head` is filled in
  refused,     // `why` says why; nothing behind these bytes can be trusted, so the connection must end
};

struct HeadVerdict {
  HeadState state = HeadState::incomplete;
  Refusal why = Refusal::bad_request_line;
};

// Reads the head that `bytes` begin with; one empty line before it is passed over (RFC 9112 §2.2).
//   bytes    what has come so far, from the first byte of the request
//   head     filled in if complete; otherwise left in any state
//   cost     about 0.3 µs for a browser's head; one that comes in pieces is read again from its start
HeadVerdict check_head(std::string_view bytes, const HeadLimits& limits, Head& head);

}  // namespace footfall
