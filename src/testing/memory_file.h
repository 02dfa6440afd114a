// A KeptFile in memory, for tests of what keeps settings, keys and salts.
#pragma once

#include <optional>
#include <string>

#include "ports/kept_file.h"

namespace footfall {

class MemoryFile final : public KeptFile {
 public:
  MemoryFile() = default;
  explicit MemoryFile(std::string holds) : text(std::move(holds)), revision_(1) {}

  Result<std::optional<std::string>> read() override { return text; }
  Result<Done> replace(std::string_view with) override {
    if (refuses) return Error{ErrorCode::unavailable, "there is no space left"};
    text = with;
    ++revision_;
    return Done{};
  }
  std::uint64_t revision() override { return revision_; }

  std::optional<std::string> text;  // what lies in it
  bool refuses = false;             // as a full disk does

 private:
  std::uint64_t revision_ = 0;
};

}  // namespace footfall
