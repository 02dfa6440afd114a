// Whatever stands in a log: a line or nothing, in every format, and never beyond the text given.
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/check.h"
#include "domain/access_log.h"
#include "domain/page.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace footfall;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const LogFormat format :
       {LogFormat::automatic, LogFormat::common, LogFormat::combined, LogFormat::combined_with_host}) {
    LogLineReader reader(format);
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      const auto line = reader.read(rest.substr(0, end));
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
      if (!line) continue;
      FOOTFALL_ASSERT(!line->method.empty() && !line->target.empty());
      FOOTFALL_ASSERT(line->status >= 100 && line->status <= 599);
      const auto url = split_target(line->target);
      if (url) FOOTFALL_ASSERT(!url->path.empty() && url->path.front() == '/');
    }
  }
  return 0;
}
