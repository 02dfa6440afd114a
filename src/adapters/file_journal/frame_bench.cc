// What does a byte on its way through a frame cost?
//
// Budget: sealing a group commit of 64 hits of 400 bytes 5 µs (80 ns a hit); checking and walking frames again 1 GB/s,
// because the importer moves a million hits a second.

#include <benchmark/benchmark.h>

#include <string>

#include "adapters/file_journal/frame.h"

namespace footfall {
namespace {

std::string frame_of(std::int64_t records, std::int64_t record_bytes) {
  std::string frame(frame_header_bytes, '\0');
  ByteWriter writer(frame);
  for (std::int64_t i = 0; i < records; ++i) writer.text(std::string(static_cast<std::size_t>(record_bytes), 'x'));
  return frame;
}

void crc(benchmark::State& state) {
  const std::string bytes(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(crc32c(bytes, 1));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(crc)->Arg(432)->Arg(26'000)->Arg(1 << 20);

void seal(benchmark::State& state) {
  std::string frame = frame_of(state.range(0), 400);
  const std::size_t payload_end = frame.size();
  for (auto _ : state) {
    frame.resize(payload_end);
    FrameHeader header;
    header.records = static_cast<std::uint32_t>(state.range(0));
    benchmark::DoNotOptimize(seal_frame(frame, 0, header, 1));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(frame.size()));
}
BENCHMARK(seal)->Arg(1)->Arg(64)->Arg(1'000);

void check_and_walk(benchmark::State& state) {
  std::string frame = frame_of(state.range(0), 400);
  FrameHeader header;
  header.records = static_cast<std::uint32_t>(state.range(0));
  seal_frame(frame, 0, header, 1);
  for (auto _ : state) {
    if (!is_whole(frame, 1)) state.SkipWithError("the frame is not whole");
    PayloadReader payload(std::string_view(frame).substr(frame_header_bytes, peek_frame(frame).payload_bytes));
    while (const auto record = payload.next()) benchmark::DoNotOptimize(record);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(frame.size()));
}
BENCHMARK(check_and_walk)->Arg(1)->Arg(64)->Arg(1'000);

}  // namespace
}  // namespace footfall
