// Compression that makes nothing smaller: what is packed can be read.
#pragma once

#include "ports/compression.h"

namespace footfall {

class FakeCompression final : public Compression {
 public:
  [[nodiscard]] std::string pack(std::string_view bytes) const override { return "packed " + std::string(bytes); }
  [[nodiscard]] Result<std::string> unpack(std::string_view packed, std::size_t bytes_max) const override {
    if (!packed.starts_with("packed ")) return Error{ErrorCode::corrupt, "this was not packed"};
    packed.remove_prefix(7);
    if (packed.size() > bytes_max) return Error{ErrorCode::too_large, "this is more than it may be"};
    return std::string(packed);
  }
};

}  // namespace footfall
