#include "adapters/local_files/site_name.h"

#include <algorithm>

#include "base/text.h"
#include "domain/limits.h"

namespace footfall {
namespace {

constexpr std::string_view open_folder = ".well-known/";

// One pass over the segments; all but the last end with a slash.
bool is_served(std::string_view name) {
  if (name.starts_with(open_folder)) name.remove_prefix(open_folder.size());
  while (!name.empty()) {
    if (name.front() == '.' || name.front() == '/') return false;
    const std::size_t slash = name.find('/');
    name = slash == std::string_view::npos ? std::string_view{} : name.substr(slash + 1);
  }
  return true;
}

bool is_odd(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\\'; }

}  // namespace

std::optional<std::string> site_name(std::string_view path) {
  if (!path.starts_with('/') || path.size() > 3 * site_name_bytes_max) return std::nullopt;
  path.remove_prefix(1);
  const auto slashes = [](std::string_view text) { return std::count(text.begin(), text.end(), '/'); };
  auto decoded = percent_decode(path);
  // Whoever stands before us may have judged the path by its slashes: there must not be others for us.
  if (!decoded || decoded->size() > site_name_bytes_max || slashes(*decoded) != slashes(path)) return std::nullopt;
  if (std::any_of(decoded->begin(), decoded->end(), is_odd) || !is_served(*decoded)) return std::nullopt;
  return *std::move(decoded);
}

}  // namespace footfall
