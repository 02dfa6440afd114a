// Queue and table of the environment's endpoints, each with all that it stands on.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "main/local_functions.h"
#include "ports/item_table.h"
#include "ports/visit_queue.h"

namespace footfall {

// How it waits between tries.
using Wait = std::function<void(std::chrono::milliseconds)>;

// Error: invalid (what is missing or wrong in the environment).
Result<std::unique_ptr<VisitQueue>> open_queue(const aws::Environment& environment, Wait wait);

// What is looked up in the table beside its functions. Errors: those of the table.
class LocalTable {
 public:
  virtual ~LocalTable() = default;
  // The keys that sign sessions, as the text of the file that the functions keep; made if there are none yet.
  virtual Result<std::string> session_keys() = 0;
  // What the marks of a site say, by their day ("20261121").
  virtual Result<std::map<std::string, std::string>> marks_of(std::string_view site) = 0;
};
// Error: invalid (what is missing or wrong in the environment).
Result<std::unique_ptr<LocalTable>> open_table(const aws::Environment& environment, Wait wait);

}  // namespace footfall
