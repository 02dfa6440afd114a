#include "adapters/http_server/read_buffer.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace footfall {
namespace {

constexpr std::size_t smallest_bytes = 4'096;

}  // namespace

std::span<char> ReadBuffer::room(std::size_t bytes_max) {
  const std::size_t held = end_ - begin_;
  if (held >= bytes_max) return {};
  if (end_ == capacity_) grow(std::min(bytes_max, std::max(smallest_bytes, 2 * held)));
  return {memory_.get() + end_, std::min(capacity_ - end_, bytes_max - held)};
}

void ReadBuffer::append(std::string_view text) {
  if (text.empty()) return;
  if (capacity_ - end_ < text.size()) grow(std::max(smallest_bytes, end_ - begin_ + text.size()));
  std::memcpy(memory_.get() + end_, text.data(), text.size());
  end_ += text.size();
}

void ReadBuffer::drop(std::size_t bytes) {
  FOOTFALL_ASSERT(bytes <= end_ - begin_);
  begin_ += bytes;
  if (empty()) clear();
}

void ReadBuffer::clear() {
  memory_.reset();
  total_ -= capacity_;
  capacity_ = begin_ = end_ = 0;
}

// Moves the text to the front, into other memory if it has to be larger.
void ReadBuffer::grow(std::size_t bytes_wanted) {
  const std::size_t held = end_ - begin_;
  if (bytes_wanted > capacity_) {
    auto larger = std::make_unique_for_overwrite<char[]>(bytes_wanted);
    if (held > 0) std::memcpy(larger.get(), memory_.get() + begin_, held);
    memory_ = std::move(larger);
    total_ += bytes_wanted - capacity_;
    capacity_ = bytes_wanted;
  } else if (held > 0) {
    std::memmove(memory_.get(), memory_.get() + begin_, held);
  }
  begin_ = 0;
  end_ = held;
}

}  // namespace footfall
