// What can fail is looked at.
// wrong: nodiscard|unused.result|ignoring
#include "base/result.h"

footfall::Result<footfall::Done> write_to_disk();

bool use() {
#ifdef WRONG
  write_to_disk();
  return true;
#else
  return write_to_disk().has_value();
#endif
}
