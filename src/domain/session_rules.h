// When two hits belong to the same session.
//
// Pure: no clock, no I/O. The caller brings the times.
#pragma once

#include <algorithm>

#include "base/time.h"
#include "domain/limits.h"

namespace footfall {

// Settings of a site.
struct SessionRules {
  Milliseconds idle = session_idle_default;  // the longest quiet between two hits
  Milliseconds max = session_max_default;    // the longest session in all
};

// A session so far.
struct SessionSpan {
  Instant started;
  Instant last;
};

// True if a hit at `time` goes on with the session: at most `idle` after its last hit, at most `max` after its start.
// A hit that comes late (a log out of order) belongs to it when it lies at most `idle` before its start.
inline bool continues(const SessionSpan& span, Instant time, const SessionRules& rules) {
  return time - span.last <= rules.idle && time - span.started <= rules.max && span.started - time <= rules.idle;
}

inline SessionSpan extended(const SessionSpan& span, Instant time) {
  return {std::min(span.started, time), std::max(span.last, time)};
}

}  // namespace footfall
