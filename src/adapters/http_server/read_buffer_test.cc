#include "adapters/http_server/read_buffer.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace footfall {
namespace {

class ReadBufferTest : public testing::Test {
 protected:
  void receive(std::string_view text, std::size_t bytes_max = 32'768) {
    while (!text.empty()) {
      const std::span<char> room = buffer.room(bytes_max);
      ASSERT_FALSE(room.empty());
      const std::size_t bytes = std::min(room.size(), text.size());
      std::memcpy(room.data(), text.data(), bytes);
      buffer.filled(bytes);
      text.remove_prefix(bytes);
    }
  }

  std::size_t total = 0;
  ReadBuffer buffer{total};
};

TEST_F(ReadBufferTest, HasNoMemoryWhenItHoldsNothing) {
  EXPECT_EQ(total, 0U);
  buffer.append("abc");
  EXPECT_GT(total, 0U);
  buffer.drop(2);
  EXPECT_EQ(buffer.text(), "c");
  buffer.drop(1);
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(total, 0U);
}

TEST_F(ReadBufferTest, GrowsToItsBoundAndNoFurther) {
  const std::string text(32'768, 'a');
  receive(text);
  EXPECT_EQ(buffer.text(), text);
  EXPECT_EQ(total, 32'768U);
  EXPECT_TRUE(buffer.room(32'768).empty());
  EXPECT_FALSE(buffer.room(32'769).empty());
}

TEST_F(ReadBufferTest, UsesTheRoomThatDroppedBytesLeave) {
  receive(std::string(4'096, 'a'));
  for (int i = 0; i < 100; ++i) {
    buffer.drop(3'000);
    receive(std::string(3'000, 'b'));
  }
  EXPECT_EQ(buffer.text(), std::string(4'096, 'b'));
  EXPECT_EQ(total, 4'096U);
}

TEST_F(ReadBufferTest, KeepsWhatIsThereWhenItGrows) {
  buffer.append("abc");
  buffer.drop(1);
  buffer.append(std::string(10'000, 'd'));
  EXPECT_EQ(buffer.text(), "bc" + std::string(10'000, 'd'));
}

}  // namespace
}  // namespace footfall
