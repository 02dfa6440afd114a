// A plain number is no number of anything: it has to say which.
// wrong: could not convert|no viable conversion|cannot convert|no matching function
#include <cstdint>

#include "base/strong.h"

using VisitorId = footfall::Strong<struct VisitorIdTag, std::uint64_t>;

std::uint64_t forget(VisitorId visitor) { return visitor.value(); }

std::uint64_t use() {
#ifdef WRONG
  return forget(std::uint64_t{7});
#else
  return forget(VisitorId(7));
#endif
}
