#include "adapters/http_server/chunk_reader.h"

#include <algorithm>

namespace footfall {
namespace {

// The value of a hexadecimal digit; 16 if it is none.
unsigned digit_of(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return 16;
}

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; }

}  // namespace

ChunkReader::Progress ChunkReader::take(std::string_view bytes, std::string& data) {
  Progress progress;
  while (progress.used < bytes.size() && part_ != Part::done) {
    if (part_ == Part::data) {
      const std::string_view rest = bytes.substr(progress.used);
      const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_bytes_, rest.size()));
      data += rest.substr(0, part);
      progress.used += part;
      chunk_bytes_ -= part;
      if (chunk_bytes_ == 0) part_ = Part::data_cr;
      continue;
    }
    progress.refused = read(bytes[progress.used]);
    if (progress.refused) return progress;
    ++progress.used;
  }
  progress.done = part_ == Part::done;
  return progress;
}

std::optional<Refusal> ChunkReader::read(char c) {
  const auto expect = [&](char wanted, Part next) -> std::optional<Refusal> {
    if (c != wanted) return Refusal::bad_chunk;
    part_ = next;
    return std::nullopt;
  };
  switch (part_) {
    case Part::size:
    case Part::extension:
      return read_size(c);
    case Part::size_end:
      if (c != '\n') return Refusal::bad_chunk;
      return begin_chunk();
    case Part::data_cr:
      return expect('\r', Part::data_lf);
    case Part::data_lf:
      line_bytes_ = 0;
      chunk_bytes_ = 0;
      return expect('\n', Part::size);
    case Part::line_start:
    case Part::trailer:
      return read_trailer(c);
    case Part::trailer_end:
      return expect('\n', Part::line_start);
    case Part::last_lf:
      return expect('\n', Part::done);
    case Part::data:
    case Part::done:
      break;
  }
  return Refusal::bad_chunk;
}

std::optional<Refusal> ChunkReader::read_size(char c) {
  if (c == '\r') {
    if (line_bytes_ == 0) return Refusal::bad_chunk;
    part_ = Part::size_end;
    return std::nullopt;
  }
  if (++line_bytes_ > chunk_line_bytes_max) return Refusal::bad_chunk;
  if (part_ == Part::extension) return is_control(c) ? std::optional(Refusal::bad_chunk) : std::nullopt;
  if (c == ';' && line_bytes_ > 1) {
    part_ = Part::extension;
    return std::nullopt;
  }
  const unsigned digit = digit_of(c);
  if (digit > 15 || (chunk_bytes_ >> 60U) != 0) return Refusal::bad_chunk;
  chunk_bytes_ = chunk_bytes_ * 16 + digit;
  return std::nullopt;
}

std::optional<Refusal> ChunkReader::begin_chunk() {
  if (chunk_bytes_ > data_bytes_left_) return Refusal::body_too_large;
  data_bytes_left_ -= chunk_bytes_;
  part_ = chunk_bytes_ == 0 ? Part::line_start : Part::data;
  return std::nullopt;
}

std::optional<Refusal> ChunkReader::read_trailer(char c) {
  if (part_ == Part::line_start && c == '\r') {
    part_ = Part::last_lf;
    return std::nullopt;
  }
  if (trailers_ == Trailers::refused) return c == '\n' ? Refusal::bad_chunk : Refusal::trailer;
  if (++trailer_bytes_ > chunk_trailer_bytes_max) return Refusal::trailer;
  if (c == '\r') {
    part_ = Part::trailer_end;
    return std::nullopt;
  }
  if (is_control(c)) return Refusal::trailer;
  part_ = Part::trailer;
  return std::nullopt;
}

}  // namespace footfall
