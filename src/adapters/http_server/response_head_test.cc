#include "adapters/http_server/response_head.h"

#include <gtest/gtest.h>

#include <string>

namespace footfall {
namespace {

using namespace std::chrono_literals;

TEST(ResponseHead, IsTakenApartInWhateverPiecesItComes) {
  const std::string text =
      "HTTP/1.1 404 Not\tFound\r\nDate: now\r\nContent-Length: 12\r\nX-Empty:\r\nX-Note:  a \t b \r\n"
      "Keep-Alive: max=5, Timeout=7\r\n\r\n";
  ResponseHead head;
  for (std::size_t bytes = 0; bytes < text.size(); ++bytes) {
    EXPECT_EQ(read_response_head(text.substr(0, bytes), head), HeadState::incomplete) << bytes;
  }
  const std::string with_body = text + "hello";
  ASSERT_EQ(read_response_head(with_body, head), HeadState::complete);
  EXPECT_EQ(head.bytes, text.size());
  EXPECT_EQ(head.status, 404);
  EXPECT_EQ(head.date, "now");
  EXPECT_EQ(head.content_length, 12U);
  EXPECT_EQ(head.idle_time, 7s);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.chunked || head.upgrade);
  ASSERT_EQ(head.fields().size(), 2U);
  EXPECT_EQ(head.fields()[0].name, "X-Empty");
  EXPECT_EQ(head.fields()[0].value, "");
  EXPECT_EQ(head.fields()[1].value, "a \t b");
}

TEST(ResponseHead, SaysWhetherTheConnectionStays) {
  struct Row {
    const char* head;
    bool stays;
  };
  for (const auto& row :
       {Row{"HTTP/1.1 200 OK\r\n\r\n", true}, Row{"HTTP/1.1 200 OK\r\nConnection: Close\r\n\r\n", false},
        Row{"HTTP/1.1 200 OK\r\nConnection: x, close\r\n\r\n", false}, Row{"HTTP/1.0 200 OK\r\n\r\n", false},
        Row{"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n", true},
        Row{"HTTP/1.0 200 OK\r\nConnection: keep-alive, close\r\n\r\n", false}}) {
    ResponseHead head;
    ASSERT_EQ(read_response_head(row.head, head), HeadState::complete);
    EXPECT_EQ(head.keep_alive, row.stays) << row.head;
  }
}

TEST(ResponseHead, BecomesWebSocketOnlyIfBothFieldsSaySo) {
  struct Row {
    const char* fields;
    bool upgrade;
  };
  for (const auto& row :
       {Row{"Connection: Upgrade\r\nUpgrade: WebSocket\r\n", true}, Row{"Upgrade: websocket\r\n", false},
        Row{"Connection: upgrade\r\n", false}, Row{"Connection: upgrade\r\nUpgrade: h2c\r\n", false}}) {
    ResponseHead head;
    const std::string text = std::string("HTTP/1.1 101 Switching\r\n") + row.fields + "\r\n";
    ASSERT_EQ(read_response_head(text, head), HeadState::complete);
    EXPECT_EQ(head.upgrade, row.upgrade) << row.fields;
  }
}

TEST(ResponseHead, ShowsTheClientNothingThatConnectionNames) {
  ResponseHead head;
  ASSERT_EQ(read_response_head("HTTP/1.1 200 OK\r\nX-Hop: 1\r\nX-Stays: 1\r\nConnection: x-hop, X-Other\r\n"
                               "X-OTHER: 1\r\nProxy-Support: 1\r\nTE: x\r\nTrailer: x\r\n\r\n",
                               head),
            HeadState::complete);
  ASSERT_EQ(head.fields().size(), 1U);
  EXPECT_EQ(head.fields()[0].name, "X-Stays");
}

TEST(ResponseHead, HasABoundOnEachSide) {
  ResponseHead head;
  std::string text = "HTTP/1.1 200 OK\r\nX: ";
  text += std::string(origin_head_bytes_max - text.size() - 4, 'y');
  EXPECT_EQ(read_response_head(text + "\r\n\r\n", head), HeadState::complete);
  EXPECT_EQ(read_response_head(text + "\r\n\r", head), HeadState::incomplete);
  EXPECT_EQ(read_response_head(text + "y\r\n\r\n", head), HeadState::refused);

  std::string fields = "HTTP/1.1 200 OK\r\n";
  for (std::size_t i = 0; i < origin_header_count_max; ++i) fields += "X: y\r\n";
  EXPECT_EQ(read_response_head(fields + "\r\n", head), HeadState::complete);
  EXPECT_EQ(read_response_head(fields + "X: y\r\n\r\n", head), HeadState::refused);
}

}  // namespace
}  // namespace footfall
