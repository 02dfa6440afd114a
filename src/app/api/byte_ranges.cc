#include "app/api/byte_ranges.h"

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "domain/limits.h"

namespace footfall {
namespace {

// A boundary and its headers are about so long.
constexpr std::uint64_t gap_bytes_max = 100;

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A number that does not fit lies behind the end of every file.
std::uint64_t position(std::string_view digits) {
  return parse_unsigned(digits).value_or(std::numeric_limits<std::uint64_t>::max());
}

enum class Spec { bad, outside, inside };

Spec parse_spec(std::string_view spec, std::uint64_t size, ByteRange& range) {
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return Spec::bad;
  const std::string_view begin = spec.substr(0, dash), end = spec.substr(dash + 1);
  if (begin.empty()) {
    if (!all_digits(end)) return Spec::bad;
    range.bytes = std::min(position(end), size);
    range.first = size - range.bytes;
    return range.bytes > 0 ? Spec::inside : Spec::outside;
  }
  if (!all_digits(begin) || (!end.empty() && !all_digits(end))) return Spec::bad;
  const std::uint64_t first = position(begin);
  const std::uint64_t last = end.empty() ? std::numeric_limits<std::uint64_t>::max() : position(end);
  if (last < first) return Spec::bad;
  if (first >= size) return Spec::outside;
  range.first = first;
  range.bytes = std::min(last, size - 1) - first + 1;
  return Spec::inside;
}

// Makes one of those that touch, overlap or nearly do. Only then are they put in the order of the file.
void join_near(std::vector<ByteRange>& parts) {
  std::vector<ByteRange> joined = parts;
  std::sort(joined.begin(), joined.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::size_t last = 0;
  for (std::size_t i = 1; i < joined.size(); ++i) {
    ByteRange& before = joined[last];
    const std::uint64_t end = before.first + before.bytes;
    if (joined[i].first <= end || joined[i].first - end <= gap_bytes_max) {
      before.bytes = std::max(end, joined[i].first + joined[i].bytes) - before.first;
    } else {
      joined[++last] = joined[i];
    }
  }
  if (last + 1 == parts.size()) return;
  joined.resize(last + 1);
  parts = std::move(joined);
}

// Reads the parts of an open file while they are sent.
class PartsSource final : public BodySource {
 public:
  PartsSource(std::shared_ptr<OpenSiteFile> file, std::vector<FilePart> parts, std::string last)
      : file_(std::move(file)), parts_(std::move(parts)), last_(std::move(last)) {
    for (const FilePart& part : parts_) bytes_ += part.before.size() + part.range.bytes;
    bytes_ += last_.size();
  }

  Result<std::string> next() override {
    if (at_ == parts_.size()) return std::exchange(last_, {});
    FilePart& part = parts_[at_];
    std::string piece = std::exchange(part.before, {});
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(part.range.bytes, site_piece_bytes));
    auto read = file_->read(part.range.first, wanted);
    if (!read) return read.error();
    part.range.first += read->size();
    part.range.bytes -= read->size();
    if (part.range.bytes == 0) ++at_;
    if (piece.empty()) return read;
    return piece + *read;
  }
  [[nodiscard]] std::optional<std::uint64_t> bytes() const override { return bytes_; }
  [[nodiscard]] bool is_quick() const override { return true; }

 private:
  std::shared_ptr<OpenSiteFile> file_;
  std::vector<FilePart> parts_;
  std::string last_;
  std::size_t at_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace

RangesAsked parse_ranges(std::string_view header, std::uint64_t size) {
  RangesAsked whole{RangesAsked::Kind::whole, {}};
  const std::size_t equals = header.find('=');
  if (equals == std::string_view::npos || !equals_ignoring_case(trim(header.substr(0, equals)), "bytes")) return whole;
  std::vector<ByteRange> parts;
  std::size_t count = 0;
  std::string_view rest = header.substr(equals + 1);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view spec = trim(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    if (spec.empty()) continue;  // a list may have empty elements
    if (++count > byte_ranges_max) return whole;
    ByteRange range;
    const Spec read = parse_spec(spec, size, range);
    if (read == Spec::bad) return whole;
    if (read == Spec::inside) parts.push_back(range);
  }
  if (count == 0) return whole;
  if (parts.empty()) return {RangesAsked::Kind::none, {}};
  join_near(parts);
  return {RangesAsked::Kind::parts, std::move(parts)};
}

std::string content_range(const ByteRange& range, std::uint64_t size) {
  return "bytes " + std::to_string(range.first) + "-" + std::to_string(range.first + range.bytes - 1) + "/" +
         std::to_string(size);
}

decltype(Response::body) body_of(const SiteFile& file, std::vector<FilePart> parts, std::string last) {
  if (file.kept == nullptr) return std::make_unique<PartsSource>(file.open, std::move(parts), std::move(last));
  const auto text_of_part = [&](const ByteRange& range) {
    return std::string_view(*file.kept)
        .substr(static_cast<std::size_t>(range.first), static_cast<std::size_t>(range.bytes));
  };
  if (parts.size() == 1 && parts.front().before.empty() && last.empty()) {
    return KeptBytes{file.kept, text_of_part(parts.front().range)};
  }
  std::string text;
  for (const FilePart& part : parts) (text += part.before) += text_of_part(part.range);
  return text + last;
}

}  // namespace footfall
