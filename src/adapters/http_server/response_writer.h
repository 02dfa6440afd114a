// Writes the head of a response, and the frame around the pieces of its body (RFC 9112 §4 to §7).
#pragma once

#include <array>
#include <cstddef>
#include <ctime>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ports/http.h"

namespace footfall {

// How the client finds the end of the body.
enum class Framing : std::uint8_t {
  none,         // there is no body and no length: 204, 304, or a HEAD whose length is not known
  length,       // Content-Length
  chunked,      // Transfer-Encoding: chunked
  until_close,  // the connection ends (HTTP/1.0)
};

// What the Connection header says.
enum class Persistence : std::uint8_t {
  keep,      // nothing: the connection stays, as HTTP/1.1 has it
  say_keep,  // "keep-alive": an HTTP/1.0 client must be told
  close,     // "close"
};

struct ResponseFrame {
  Framing framing = Framing::length;
  std::size_t body_bytes = 0;  // for Framing::length
  Persistence persistence = Persistence::keep;
};

// Appends the head. `date` is an IMF-fixdate. The frame's fields, Date and Connection are written here and must not be
// among `headers`. A control character in a value, which would let its author write headers of his own, becomes a
// space.
void write_head(std::string& out, int status, std::span<const Header> headers, const ResponseFrame& frame,
                std::string_view date);

// Adds those headers whose name is not there yet.
void add_missing(std::vector<Header>& headers, std::span<const Header> more);

// Appends CR LF and the field; for whoever writes another head.
void append_field(std::string& out, std::string_view name, std::string_view value);

// What stands before a piece of a chunked body; behind it stands CR LF. Behind the last comes `last_chunk`.
std::string chunk_head(std::size_t piece_bytes);
void append_chunk_head(std::string& out, std::size_t piece_bytes);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

// The Date header's text, made once a second. One thread.
class DateText {
 public:
  // Looks at the clock.
  void refresh();
  [[nodiscard]] std::string_view text() const { return {text_.data(), 29}; }

 private:
  std::time_t second_ = -1;
  std::array<char, 32> text_{};
};

}  // namespace footfall
