// A site's files in a folder of this machine.
#pragma once

#include <filesystem>
#include <memory>

#include "ports/site_files.h"

namespace footfall {

class LocalSiteFiles : public SiteFiles {
 public:
  using MediaType = std::string_view (*)(std::string_view name);
  // Error: failed (no such folder).
  static Result<std::unique_ptr<LocalSiteFiles>> open(const std::filesystem::path& root, MediaType media_type);
  ~LocalSiteFiles() override;

  Result<std::optional<SiteFile>> find(std::string_view path) override;

 private:
  LocalSiteFiles(int root, MediaType media_type) : root_(root), media_type_(media_type) {}
  [[nodiscard]] Result<std::optional<SiteFile>> read(const std::string& name) const;

  int root_;
  MediaType media_type_;
};

}  // namespace footfall
