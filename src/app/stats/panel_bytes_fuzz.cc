// Whatever bytes the table gives: an error or a panel, and a panel reads the same when it is written again.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/stats/panel_bytes.h"
#include "base/check.h"

namespace {

using namespace footfall;

struct Panel {
  PanelHead head;
  std::vector<PanelLabel> labels;
};

std::optional<Panel> read(std::string_view bytes) {
  auto reader = PanelReader::open(bytes);
  if (!reader) {
    FOOTFALL_ASSERT(reader.error().code == ErrorCode::corrupt);
    return std::nullopt;
  }
  Panel panel{reader->head(), {}};
  for (;;) {
    const auto label = reader->next();
    if (!label) {
      FOOTFALL_ASSERT(label.error().code == ErrorCode::corrupt);
      return std::nullopt;
    }
    if (!*label) return panel;
    panel.labels.push_back(**label);
  }
}

std::string written(const Panel& panel) {
  PanelWriter writer(panel.head, panel.labels.size());
  for (const PanelLabel& label : panel.labels) writer.write(label);
  return writer.take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto first = read({reinterpret_cast<const char*>(data), size});
  if (!first) return 0;
  const std::string once = written(*first);
  const auto second = read(once);
  FOOTFALL_ASSERT(second);
  FOOTFALL_ASSERT(written(*second) == once);
  return 0;
}
