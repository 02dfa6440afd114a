// What a Range header asks for, and the body that answers it (RFC 9110 §14).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ports/http.h"
#include "ports/site_files.h"

namespace footfall {

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t bytes = 0;  // at least 1
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

struct RangesAsked {
  enum class Kind {
    whole,  // no ranges, not in bytes, not readable, or too many: the whole file
    parts,  // of `parts`, in the order they were asked for
    none,   // all of them begin behind the end: 416
  };
  Kind kind = Kind::whole;
  std::vector<ByteRange> parts;  // no byte is in two of them, so together they are never more than the file
};

// `size` is the file's. Parts that overlap, or are so near that a boundary would be longer than the gap, become one.
RangesAsked parse_ranges(std::string_view header, std::uint64_t size);

// "bytes 0-99/1234".
std::string content_range(const ByteRange& range, std::uint64_t size);

// The parts of a file, one behind the other, each behind a text of its own (that of a multipart body; may be empty).
struct FilePart {
  std::string before;
  ByteRange range;
};
// A body of these parts and a last text. From memory it is copied but for a single part; from disk it is read while it
// is sent.
decltype(Response::body) body_of(const SiteFile& file, std::vector<FilePart> parts, std::string last = {});

}  // namespace footfall
