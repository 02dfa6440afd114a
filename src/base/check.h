// Assertions: what we believe about our own code, checked in every build.
//
// A failed one stops the process: the journal holds what was acknowledged, so a stop loses nothing, and going on with
// a broken belief might. Input from outside, the disk included, never gets an assertion; it gets a Result.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace footfall {

[[noreturn]] inline void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "footfall: assertion failed: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace footfall

#define FOOTFALL_ASSERT(condition) \
  (static_cast<bool>(condition) ? static_cast<void>(0) : ::footfall::assertion_failed(#condition, __FILE__, __LINE__))
