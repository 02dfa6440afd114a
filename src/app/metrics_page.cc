#include "app/metrics_page.h"

#include <array>
#include <charconv>

namespace footfall {

void MetricsPage::gauge(std::string_view name, std::string_view help, double value, std::string_view labels) {
  sample(name, help, "gauge", value, labels);
}

void MetricsPage::counter(std::string_view name, std::string_view help, double value, std::string_view labels) {
  sample(name, help, "counter", value, labels);
}

void MetricsPage::sample(std::string_view name, std::string_view help, std::string_view type, double value,
                         std::string_view labels) {
  if (described_ != name) {
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
    text_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
    described_ = name;
  }
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  text_.append(name);
  if (!labels.empty()) text_.append("{").append(labels).append("}");
  text_.append(" ").append(digits.data(), static_cast<std::size_t>(end - digits.data())).append("\n");
}

}  // namespace footfall
