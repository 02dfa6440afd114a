// Regular expressions that strangers write, over texts that strangers write.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"

namespace footfall {

class TextPattern {
 public:
  virtual ~TextPattern() = default;
  // Whether it matches a part of the text. Linear in the text. Any thread.
  [[nodiscard]] virtual bool is_in(std::string_view text) const = 0;
};

class TextPatterns {
 public:
  virtual ~TextPatterns() = default;
  // `pattern` is RE2's, over UTF-8. Bounded in memory. Error: invalid (it is no regular expression).
  [[nodiscard]] virtual Result<std::unique_ptr<TextPattern>> pattern(std::string_view pattern,
                                                                     bool case_sensitive) const = 0;
};

}  // namespace footfall
