// Sends a body to an address of somebody else's.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace footfall {

// One thread at a time.
class HttpPost {
 public:
  virtual ~HttpPost() = default;
  // The status of the answer.
  //   errors  unavailable, timed_out, failed  there is none
  using Headers = std::vector<std::pair<std::string, std::string>>;
  virtual Result<int> post(const Headers& headers, std::string_view body, std::chrono::seconds patience) = 0;
};

}  // namespace footfall
