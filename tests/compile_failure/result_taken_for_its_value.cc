// A Result is no value before somebody has looked.
// wrong: cannot convert|no viable conversion|could not convert
#include "base/result.h"

footfall::Result<int> count();

int use() {
#ifdef WRONG
  const int number = count();
#else
  const int number = count().value_or(0);
#endif
  return number;
}
