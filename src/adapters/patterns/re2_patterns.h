// Regular expressions by RE2: linear in the text, whatever strangers write.
#pragma once

#include "ports/text_patterns.h"

namespace footfall {

class Re2Patterns final : public TextPatterns {
 public:
  [[nodiscard]] Result<std::unique_ptr<TextPattern>> pattern(std::string_view pattern,
                                                             bool case_sensitive) const override;
};

}  // namespace footfall
