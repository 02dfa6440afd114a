#include "app/api/content_coding.h"

#include <optional>
#include <string_view>

#include "base/text.h"

namespace footfall {
namespace {

// A weight in thousandths: "0", "1", "0.5", "1.000"; nothing if it is written otherwise.
std::optional<int> parse_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  int weight = (text[0] - '0') * 1'000;
  if (text.size() == 1) return weight;
  if (text[1] != '.') return std::nullopt;
  int scale = 100;
  for (const char c : text.substr(2)) {
    if (c < '0' || c > '9') return std::nullopt;
    weight += (c - '0') * scale;
    scale /= 10;
  }
  return weight <= 1'000 ? std::optional(weight) : std::nullopt;
}

struct Weights {
  std::optional<int> plain, gzip, brotli, others;

  void read(std::string_view element) {
    const std::size_t semicolon = element.find(';');
    const std::string_view name = trim(element.substr(0, semicolon));
    int weight = 1'000;
    if (semicolon != std::string_view::npos) {
      std::string_view parameter = trim(element.substr(semicolon + 1));
      if (parameter.size() < 2 || ascii_lower(parameter[0]) != 'q' || parameter[1] != '=') return;
      const auto given = parse_weight(parameter.substr(2));
      if (!given) return;  // not readable: as if it had not been named
      weight = *given;
    }
    if (equals_ignoring_case(name, "br")) brotli = weight;
    if (equals_ignoring_case(name, "gzip") || equals_ignoring_case(name, "x-gzip")) gzip = weight;
    if (equals_ignoring_case(name, "identity")) plain = weight;
    if (name == "*") others = weight;
  }
};

}  // namespace

Coding choose_coding(const Request& request, bool has_gzip, bool has_brotli) {
  if (!has_gzip && !has_brotli) return Coding::plain;
  Weights weights;
  for (const HeaderView& header : request.headers) {
    if (!equals_ignoring_case(header.name, "accept-encoding")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const std::size_t comma = rest.find(',');
      weights.read(rest.substr(0, comma));
      rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    }
  }
  // What is not named is not wanted, but for plain, which is the last choice then.
  const int brotli = has_brotli ? weights.brotli.value_or(weights.others.value_or(0)) : 0;
  const int gzip = has_gzip ? weights.gzip.value_or(weights.others.value_or(0)) : 0;
  const int plain = weights.plain.value_or(0);
  if (brotli > 0 && brotli >= gzip && brotli >= plain) return Coding::brotli;
  if (gzip > 0 && gzip >= plain) return Coding::gzip;
  return Coding::plain;
}

}  // namespace footfall
