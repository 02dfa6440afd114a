// Logs as blocks of whole lines, plain and gzip.

#include "adapters/log_input/log_input.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>

namespace footfall {
namespace {

std::string gzip(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(text.size() + 1'024, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

class LogInputTest : public ::testing::Test {
 protected:
  void SetUp() override {
    name_ = (std::filesystem::temp_directory_path() / "footfall-log-XXXXXX").string();
    const int file = ::mkstemp(name_.data());
    ASSERT_GE(file, 0);
    ::close(file);
  }
  void TearDown() override { std::filesystem::remove(name_); }

  struct Read {
    std::string text;
    std::size_t blocks = 0;
    std::optional<Error> error;
  };
  Read read(const std::string& bytes, std::size_t lines_max, std::size_t bytes_max) {
    std::ofstream(name_, std::ios::binary) << bytes;
    auto input = LogInput::open(name_);
    Read read;
    if (!input) {
      read.error = input.error();
      return read;
    }
    while (true) {
      const auto block = (*input)->next_block(lines_max, bytes_max);
      if (!block) {
        read.error = block.error();
        return read;
      }
      if (block->empty()) return read;
      read.text += *block;
      ++read.blocks;
    }
  }
  std::string name_;
};

std::string lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "line number " + std::to_string(i) + "\n";
  return text;
}

TEST_F(LogInputTest, GivesWholeLinesInBlocks) {
  const auto all = read(lines(1'000), 100, 1'000'000);
  EXPECT_EQ(all.text, lines(1'000));
  EXPECT_EQ(all.blocks, 10U);
}

TEST_F(LogInputTest, EndsABlockBeforeTheLineThatWouldPassItsBytes) {
  const auto all = read("12345\n12345\n12345\n", 100, 13);
  EXPECT_EQ(all.text, "12345\n12345\n12345\n");
  EXPECT_EQ(all.blocks, 2U);
}

TEST_F(LogInputTest, GivesALineLongerThanABlockAlone) {
  const std::string text = "short\n" + std::string(500, 'x') + "\nshort\n";
  const auto all = read(text, 100, 50);
  EXPECT_EQ(all.text, text);
  EXPECT_EQ(all.blocks, 3U);
}

TEST_F(LogInputTest, GivesALastLineThatDoesNotEnd) {
  EXPECT_EQ(read("one\ntwo", 100, 1'000).text, "one\ntwo");
  EXPECT_EQ(read("two", 100, 1).text, "two");
}

TEST_F(LogInputTest, UnpacksGzipWhateverTheFileIsCalled) {
  const auto all = read(gzip(lines(100'000)), 4'096, 900'000);
  EXPECT_FALSE(all.error);
  EXPECT_EQ(all.text, lines(100'000));
}

TEST_F(LogInputTest, UnpacksSeveralGzipMembersAsOneText) {
  EXPECT_EQ(read(gzip("one\n") + gzip("two\n") + gzip("three\n"), 100, 1'000).text, "one\ntwo\nthree\n");
}

TEST_F(LogInputTest, SaysThatAGzipFileIsDamagedOrCutShort) {
  const std::string packed = gzip(lines(100'000));
  const auto cut = read(packed.substr(0, packed.size() / 2), 4'096, 900'000);
  ASSERT_TRUE(cut.error);
  EXPECT_EQ(cut.error->code, ErrorCode::corrupt);
  std::string broken = packed;
  for (std::size_t i = broken.size() / 2; i < broken.size() / 2 + 64; ++i) broken[i] = static_cast<char>(~broken[i]);
  const auto damaged = read(broken, 4'096, 900'000);
  ASSERT_TRUE(damaged.error);
  EXPECT_EQ(damaged.error->code, ErrorCode::corrupt);
}

TEST_F(LogInputTest, CutsALineOfManyMegabytesAndGoesOn) {
  const auto all = read(std::string(8'000'000, 'x') + "\nnext\n", 100, 900'000);
  EXPECT_LT(all.text.size(), 2'000'000U);
  EXPECT_TRUE(all.text.ends_with("\nnext\n"));
}

TEST_F(LogInputTest, TellsHowFarItIs) {
  std::ofstream(name_, std::ios::binary) << lines(10);
  auto input = LogInput::open(name_);
  ASSERT_TRUE(input);
  EXPECT_EQ((*input)->bytes_total(), lines(10).size());
  ASSERT_TRUE((*input)->next_block(100, 1'000'000));
  EXPECT_EQ((*input)->bytes_read(), lines(10).size());
}

TEST_F(LogInputTest, SaysWhatCannotBeOpened) {
  EXPECT_EQ(LogInput::open(name_ + ".missing").error().code, ErrorCode::not_found);
  EXPECT_EQ(LogInput::open(std::filesystem::temp_directory_path().string()).error().code, ErrorCode::failed);
}

}  // namespace
}  // namespace footfall
