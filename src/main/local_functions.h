// The functions of AWS in this process: opened by name, asked one event at a time.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/aws/credentials.h"
#include "base/result.h"
#include "base/time.h"

namespace footfall {

inline constexpr std::array<std::string_view, 4> function_names{"api", "processor", "compactor", "edge"};

// A whole file; "-" is standard input. Error: not_found.
Result<std::string> read_whole(const std::string& name);

// Variables of a JSON object in a file stand before those of this process; "": no file. Errors: not_found, invalid.
Result<aws::Environment> environment_of(const std::string& file);
// With some variables besides, which stand before all.
aws::Environment with_variables(aws::Environment environment, std::map<std::string, std::string, std::less<>> more);

void log_line(std::string_view line);

class LocalFunction {
 public:
  // Asks nobody yet. `now`: the moment an edge function takes it for; nothing: the true one.
  // Errors: invalid (settings, or no such name).
  static Result<std::unique_ptr<LocalFunction>> open(const aws::Environment& environment, std::string_view name,
                                                     std::optional<Instant> now = std::nullopt);
  virtual ~LocalFunction() = default;

  // AWS gives a function one event at a time: whoever comes meanwhile waits. Any thread.
  Result<std::string> answer(std::string_view event) {
    const std::lock_guard lock(mutex_);
    return take(event);
  }

 protected:
  virtual Result<std::string> take(std::string_view event) = 0;

 private:
  std::mutex mutex_;
};

}  // namespace footfall
