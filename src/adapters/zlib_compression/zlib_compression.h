// Compression by zlib: RFC 1950, whose checksum tells damage.
#pragma once

#include "ports/compression.h"

namespace footfall {

class ZlibCompression final : public Compression {
 public:
  [[nodiscard]] std::string pack(std::string_view bytes) const override;
  [[nodiscard]] Result<std::string> unpack(std::string_view packed, std::size_t bytes_max) const override;
};

}  // namespace footfall
