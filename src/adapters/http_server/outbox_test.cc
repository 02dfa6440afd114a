#include "adapters/http_server/outbox.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace footfall {
namespace {

std::string first(Outbox& outbox, std::size_t pieces) {
  std::array<iovec, 16> vectors;
  std::string text;
  for (const iovec& piece : outbox.front(std::span(vectors).first(pieces))) {
    text.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
  }
  return text;
}

TEST(Outbox, GivesItsPiecesInOrder) {
  Outbox outbox;
  outbox.add("abc");
  outbox.add("");
  outbox.add("de");
  EXPECT_EQ(outbox.bytes(), 5U);
  EXPECT_EQ(first(outbox, 1), "abc");
  EXPECT_EQ(first(outbox, 16), "abcde");
}

TEST(Outbox, GoesOnWhereTheKernelStopped) {
  Outbox outbox;
  for (const char* piece : {"abc", "de", "f"}) outbox.add(piece);
  outbox.sent(2);
  EXPECT_EQ(first(outbox, 16), "cdef");
  outbox.sent(3);
  EXPECT_EQ(first(outbox, 16), "f");
  outbox.sent(1);
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(first(outbox, 16), "");
}

TEST(Outbox, OnlyHoldsOnToWhatSomeoneKeeps) {
  Outbox outbox;
  auto all = std::make_shared<const std::string>("0123456789");
  outbox.add("a");
  outbox.add(KeptBytes{all, std::string_view(*all).substr(2, 5)});
  outbox.add(KeptBytes{all, {}});
  outbox.add("b");
  EXPECT_EQ(outbox.bytes(), 7U);
  EXPECT_EQ(first(outbox, 16), "a23456b");
  std::array<iovec, 2> vectors;
  EXPECT_EQ(outbox.front(vectors)[1].iov_base, all->data() + 2);
  outbox.sent(3);
  EXPECT_EQ(first(outbox, 16), "456b");
  EXPECT_EQ(all.use_count(), 2);
  outbox.sent(3);
  EXPECT_EQ(all.use_count(), 1) << "what has been sent is let go";
  EXPECT_EQ(first(outbox, 16), "b");
}

}  // namespace
}  // namespace footfall
