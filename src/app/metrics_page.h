// The page that Prometheus reads: text exposition format 0.0.4.
//
// Never labelled by site, path or address: those are unbounded.
#pragma once

#include <string>
#include <string_view>

namespace footfall {

class MetricsPage {
 public:
  // `labels` as they stand between the braces, e.g. `reason="no_room"`. Samples of one metric follow one another.
  void gauge(std::string_view name, std::string_view help, double value, std::string_view labels = {});
  void counter(std::string_view name, std::string_view help, double value, std::string_view labels = {});
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void sample(std::string_view name, std::string_view help, std::string_view type, double value,
              std::string_view labels);
  std::string text_;
  std::string described_;  // the metric whose HELP and TYPE were written last
};

}  // namespace footfall
