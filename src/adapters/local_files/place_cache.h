// What a site's names led to lately, with the files' bytes: bounded, the longest unused goes first. Any thread.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "adapters/local_files/site_folder.h"
#include "base/guarded.h"
#include "ports/site_files.h"

namespace footfall {

// What was seen of the names that a place is made of. As long as the same is seen, the place is the same.
struct PlaceSeen {
  enum class Kind : std::uint8_t { nothing, file, folder, unclear };
  Kind kind = Kind::nothing;
  std::string name;                 // of the file
  Sight plain{}, brotli{}, gzip{};  // `nothing` for one that is not to be used
  friend bool operator==(const PlaceSeen&, const PlaceSeen&) = default;
};

struct KeptPlace {
  using Clock = std::chrono::steady_clock;

  PlaceSeen seen;
  SitePlace place;
  // False: a file was so young when it was read that a later write could leave the same stamp.
  bool is_settled = true;
  std::atomic<Clock::time_point> checked{};  // when `seen` was last seen
};

class PlaceCache {
 public:
  explicit PlaceCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // Null if it is not kept. Counts as a use.
  std::shared_ptr<KeptPlace> find(std::string_view name);
  // Keeps a place instead of the one kept under this name, unless it is larger than all may be together.
  void keep(const std::string& name, std::shared_ptr<KeptPlace> place);
  void drop(std::string_view name);
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Entry {
    std::string name;
    std::shared_ptr<KeptPlace> place;  // shared: responses hold what has been dropped here
    std::size_t bytes;
  };
  using Entries = std::list<Entry>;  // the last used first
  struct State {
    Entries entries;
    std::unordered_map<std::string_view, Entries::iterator> by_name;  // names are those of the entries
    std::size_t bytes = 0;
    void drop(Entries::iterator entry);
  };

  const std::size_t bytes_max_;
  Guarded<State> state_;
};

}  // namespace footfall
