// A session's number is no visitor's number.
// wrong: could not convert|no viable conversion|cannot convert|no matching function
#include <cstdint>

#include "base/strong.h"

using VisitorId = footfall::Strong<struct VisitorIdTag, std::uint64_t>;
using SessionId = footfall::Strong<struct SessionIdTag, std::uint64_t>;

std::uint64_t forget(VisitorId visitor) { return visitor.value(); }

std::uint64_t use() {
#ifdef WRONG
  return forget(SessionId(7));
#else
  return forget(VisitorId(7));
#endif
}
