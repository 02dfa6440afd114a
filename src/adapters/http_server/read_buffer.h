// What has come on a connection and is not used yet: bytes in one row, in memory that grows when it must.
//
// Most connections hold nothing most of the time (a request that comes whole is handled where it was received), so an
// empty buffer has no memory at all. One thread.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace footfall {

class ReadBuffer {
 public:
  // `total` is the sum over all buffers of a thread; the buffer keeps its part of it right.
  explicit ReadBuffer(std::size_t& total) : total_(total) {}
  ~ReadBuffer() { clear(); }
  ReadBuffer(const ReadBuffer&) = delete;
  ReadBuffer& operator=(const ReadBuffer&) = delete;

  [[nodiscard]] std::string_view text() const { return {memory_.get() + begin_, end_ - begin_}; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }

  // Room behind the text for at least one byte, and for up to `bytes_max` of text in all: the memory doubles until it
  // holds them. Empty if the text has `bytes_max` bytes already. Views of the text end here.
  std::span<char> room(std::size_t bytes_max);
  // So many bytes of the room were filled.
  void filled(std::size_t bytes) { end_ += bytes; }

  // Puts a copy of `text` behind the text.
  void append(std::string_view text);
  // Drops the first bytes; the memory goes with the last.
  void drop(std::size_t bytes);
  void clear();

 private:
  void grow(std::size_t bytes_wanted);

  std::size_t& total_;
  std::unique_ptr<char[]> memory_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace footfall
