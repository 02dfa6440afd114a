// That the data come out as they went in is chunked_body_test's; here is what only a passing body shows.
#include "adapters/http_server/chunk_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace footfall {
namespace {

TEST(ChunkReader, HoldsNothingBack) {
  ChunkReader reader(ChunkReader::Trailers::refused);
  std::string data;
  for (const char* piece : {"A", "\r", "\n0", "12345", "6789", "\r", "\n", "00", "\r\n", "\r"}) {
    const auto progress = reader.take(piece, data);
    EXPECT_EQ(progress.used, std::string_view(piece).size());
    EXPECT_FALSE(progress.done || progress.refused);
  }
  EXPECT_TRUE(reader.take("\n", data).done);
  EXPECT_EQ(data, "0123456789");
}

TEST(ChunkReader, TakesAChunkOfAnySizeThatANumberCanSay) {
  ChunkReader reader(ChunkReader::Trailers::refused);
  std::string data;
  EXPECT_FALSE(reader.take("FFFFFFFFFFFFFFFF\r\nx", data).refused);
  EXPECT_EQ(data, "x");
  ChunkReader larger(ChunkReader::Trailers::refused);
  EXPECT_EQ(larger.take("10000000000000000\r\n", data).refused, Refusal::bad_chunk);
}

TEST(ChunkReader, DropsAnOriginsTrailersUpToABound) {
  ChunkReader reader(ChunkReader::Trailers::dropped);
  std::string data;
  const auto progress = reader.take("1\r\nx\r\n0\r\nX: y\r\nZ:\r\n\r\nrest", data);
  EXPECT_TRUE(progress.done);
  EXPECT_EQ(data, "x");
  EXPECT_EQ(progress.used, std::string_view("1\r\nx\r\n0\r\nX: y\r\nZ:\r\n\r\n").size());

  // A name, a colon, the value and the end of the line count.
  for (const std::size_t bytes : {chunk_trailer_bytes_max, chunk_trailer_bytes_max + 1}) {
    ChunkReader long_one(ChunkReader::Trailers::dropped);
    const auto read = long_one.take("0\r\n" + std::string(bytes - 1, 'x') + "\r\n\r\n", data);
    EXPECT_EQ(read.done, bytes == chunk_trailer_bytes_max) << bytes;
  }
  ChunkReader bare(ChunkReader::Trailers::dropped);
  EXPECT_EQ(bare.take("0\r\nX: y\nZ: z\r\n\r\n", data).refused, Refusal::trailer);
}

}  // namespace
}  // namespace footfall
