#include "adapters/user_agents/expression.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "base/check.h"

namespace footfall {
namespace {

// RE2 caches the states it walks through, and a stranger chooses the texts: without a bound each expression may grow to
// 8 MiB. A few long ones need more for the program alone.
constexpr std::int64_t expression_bytes = 32'768;
constexpr std::int64_t expression_bytes_max = 1'048'576;

constexpr std::size_t groups_max = 10;

}  // namespace

Expression::~Expression() { delete compiled_.load(); }

const re2::RE2& Expression::compiled() const {
  if (const re2::RE2* ready = compiled_.load(std::memory_order_acquire)) return *ready;
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  std::unique_ptr<const re2::RE2> fresh;
  for (std::int64_t bytes = expression_bytes; bytes <= expression_bytes_max; bytes *= 2) {
    options.set_max_mem(bytes);
    fresh = std::make_unique<const re2::RE2>(re2::StringPiece(pattern_.data(), pattern_.size()), options);
    if (fresh->error_code() != re2::RE2::ErrorPatternTooLarge) break;
  }
  const re2::RE2* first = nullptr;
  if (compiled_.compare_exchange_strong(first, fresh.get(), std::memory_order_acq_rel)) return *fresh.release();
  return *first;
}

bool Expression::matches(std::string_view text, std::span<std::string_view> groups) const {
  FOOTFALL_ASSERT(groups.size() <= groups_max);
  const re2::RE2& expression = compiled();
  if (!expression.ok()) return false;
  std::array<re2::StringPiece, groups_max> found;
  const auto count = std::min(groups.size(), static_cast<std::size_t>(expression.NumberOfCapturingGroups()) + 1);
  const bool matched = expression.Match(re2::StringPiece(text.data(), text.size()), 0, text.size(),
                                        re2::RE2::UNANCHORED, found.data(), static_cast<int>(count));
  for (std::size_t i = 0; i < groups.size(); ++i) {
    groups[i] = found[i].data() == nullptr ? std::string_view{} : std::string_view(found[i].data(), found[i].size());
  }
  return matched;
}

std::string Expression::fault() const { return compiled().error(); }

}  // namespace footfall
