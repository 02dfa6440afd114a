// A site's files in a folder of this machine: small ones from memory, compared with the disk once a second.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/local_files/place_cache.h"
#include "adapters/local_files/site_folder.h"
#include "domain/limits.h"
#include "ports/site_files.h"

namespace footfall {

struct SiteFilesSettings {
  std::size_t cache_bytes_max = site_cache_bytes_max;
  std::size_t kept_file_bytes_max = site_kept_file_bytes_max;
  std::chrono::milliseconds fresh_time = site_fresh_time;
};

class LocalSiteFiles : public SiteFiles {
 public:
  using MediaType = std::string_view (*)(std::string_view name);
  // Error: failed (no such folder).
  static Result<std::unique_ptr<LocalSiteFiles>> open(const std::filesystem::path& root, MediaType media_type,
                                                      const SiteFilesSettings& settings = {});

  Result<std::shared_ptr<const SitePlace>> find(std::string_view path) override;
  bool at_hand(std::string_view path) override;

  // What is kept in memory now.
  [[nodiscard]] std::size_t kept_bytes() const { return cache_.bytes(); }

 private:
  using Clock = KeptPlace::Clock;

  LocalSiteFiles(std::unique_ptr<SiteFolder> folder, MediaType media_type, const SiteFilesSettings& settings)
      : folder_(std::move(folder)), media_type_(media_type), settings_(settings), cache_(settings.cache_bytes_max) {}

  [[nodiscard]] bool is_fresh(const KeptPlace& kept, Clock::time_point now) const;
  [[nodiscard]] Result<PlaceSeen> look(const std::string& name, Wait wait) const;
  [[nodiscard]] Result<PlaceSeen> look_at_file(std::string name, Wait wait) const;
  // Reads what was seen. Null: it has gone since, or is being written to.
  [[nodiscard]] Result<std::shared_ptr<KeptPlace>> load(PlaceSeen seen) const;

  std::unique_ptr<SiteFolder> folder_;
  MediaType media_type_;
  const SiteFilesSettings settings_;
  PlaceCache cache_;
};

}  // namespace footfall
