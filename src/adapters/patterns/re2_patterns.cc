#include "adapters/patterns/re2_patterns.h"

#include <re2/re2.h>

#include <string>

#include "base/text.h"

namespace footfall {
namespace {

// Of one pattern: its program, and the states it walks through.
constexpr std::int64_t pattern_bytes_max = 1'048'576;

class Re2Pattern final : public TextPattern {
 public:
  Re2Pattern(std::string_view pattern, const re2::RE2::Options& options)
      : expression_(re2::StringPiece(pattern.data(), pattern.size()), options) {}

  [[nodiscard]] bool is_good() const { return expression_.ok(); }
  [[nodiscard]] bool is_in(std::string_view text) const override {
    return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), expression_);
  }

 private:
  re2::RE2 expression_;
};

}  // namespace

Result<std::unique_ptr<TextPattern>> Re2Patterns::pattern(std::string_view pattern, bool case_sensitive) const {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(case_sensitive);
  options.set_max_mem(pattern_bytes_max);
  auto made = std::make_unique<Re2Pattern>(pattern, options);
  if (made->is_good()) return std::unique_ptr<TextPattern>(std::move(made));
  return Error{ErrorCode::invalid,
               "'" + std::string(cut_utf8(pattern, 100)) + "' is not a regular expression that RE2 understands"};
}

}  // namespace footfall
