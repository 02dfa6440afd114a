// The files of a site: what `--root` names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace footfall {

struct SiteFile {
  std::string bytes;
  std::string type;  // media type
  std::string etag;  // quoted, strong
};

// Any thread.
class SiteFiles {
 public:
  virtual ~SiteFiles() = default;
  // The file that a request path (still percent-encoded) names: a folder's index.html, or NAME.html for NAME. Nothing:
  // no such file, a dot file, or one outside the root. Error: failed (it cannot be read).
  virtual Result<std::optional<SiteFile>> find(std::string_view path) = 0;
};

}  // namespace footfall
