// What one attempt to read from a client, or to write to it, has come to.
#pragma once

#include <cstddef>
#include <cstdint>

namespace footfall {

enum class MovedState : std::uint8_t {
  moved,      // `bytes` bytes, at least one
  later,      // nothing now: wait to be told
  ended,      // the other end has finished, or the connection is broken
  not_spoken  // TLS is asked for, and plain HTTP came
};

struct Moved {
  MovedState state;
  std::size_t bytes = 0;
  // Of reading: another attempt may find more at once, so nothing will be told.
  bool more = false;
};

}  // namespace footfall
