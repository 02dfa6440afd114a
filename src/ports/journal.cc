#include "ports/journal.h"

namespace footfall {

std::string_view name_of(JournalRefusal refusal) {
  switch (refusal) {
    case JournalRefusal::none:
      return "none";
    case JournalRefusal::disk_full:
      return "disk_full";
    case JournalRefusal::disk_reserve:
      return "disk_reserve";
    case JournalRefusal::backlog:
      return "backlog";
  }
  FOOTFALL_ASSERT(false);
  return "";
}

}  // namespace footfall
