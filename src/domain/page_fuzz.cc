// Whatever a stranger calls a URL or a site: parts of it that lie within it, or an error.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "domain/limits.h"
#include "domain/page.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace footfall;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& parts : {split_url(text), split_target(text)}) {
    if (!parts) continue;
    FOOTFALL_ASSERT(!parts->path.empty() && parts->path.front() == '/');
    FOOTFALL_ASSERT(parts->path.find_first_of("?#") == std::string_view::npos);
    FOOTFALL_ASSERT(parts->query.find('#') == std::string_view::npos);
    FOOTFALL_ASSERT(parts->host.size() + parts->query.size() + parts->fragment.size() <= text.size());
    static_cast<void>(is_page_path(parts->path));
    FOOTFALL_ASSERT(without_marker(parts->query).size() <= parts->query.size());
  }
  if (const auto site = parse_site(text)) {
    FOOTFALL_ASSERT(!site->empty() && site->size() <= site_bytes_max);
    const auto again = parse_site(*site);
    FOOTFALL_ASSERT(again && *again == *site);
  }
  return 0;
}
