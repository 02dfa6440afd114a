// What is shared cannot be reached without its lock.
// wrong: is private|private member
#include "base/guarded.h"

int use(footfall::Guarded<int>& shared) {
#ifdef WRONG
  return shared.value_;
#else
  return shared.with([](int value) { return value; });
#endif
}
