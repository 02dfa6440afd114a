// Reads the head of an origin's response strictly: what two readers could understand differently is not passed on.
//
// The framing of a response decides where the next one on the connection begins, and whose it is. So neither framing
// twice, nor lists of lengths, folded lines or bare line feeds are taken; the client gets a 502 instead.
//
// Pure: no I/O, no allocation. Sources: RFC 9112 §4 to §6, RFC 9110 §5 and §7.6.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "adapters/http_server/head_check.h"
#include "domain/limits.h"
#include "ports/http.h"

namespace footfall {

// A head as read; all text is a view into the bytes given.
struct ResponseHead {
  std::size_t bytes = 0;  // how long it is: the body begins there
  int status = 0;         // 100 to 599
  bool keep_alive = true;
  bool chunked = false;
  bool upgrade = false;  // says that it becomes WebSocket; means it only with 101
  std::optional<std::uint64_t> content_length;
  std::string_view date;  // empty if there is none
  // How long the origin keeps an idle connection, if it says so (the Keep-Alive field).
  std::optional<std::chrono::seconds> idle_time;

  // What the client is to see: all fields but those of the connection, those that frame the body, and Date.
  [[nodiscard]] std::span<const HeaderView> fields() const { return {fields_.data(), field_count_}; }

 private:
  friend class ResponseHeadReader;
  std::array<HeaderView, origin_header_count_max> fields_;
  std::size_t field_count_ = 0;
};

// Reads the head that `bytes` begin with.
//   bytes    what has come so far, from the first byte of the response
//   head     filled in if complete; otherwise left in any state
//   returns  refused also when it is longer than origin_head_bytes_max or has more than origin_header_count_max fields
HeadState read_response_head(std::string_view bytes, ResponseHead& head);

}  // namespace footfall
