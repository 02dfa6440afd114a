#include "adapters/http_server/response_writer.h"

#include <gtest/gtest.h>

#include "adapters/http_server/refusal.h"

namespace footfall {
namespace {

std::string head_of(int status, const std::vector<Header>& headers, const ResponseFrame& frame) {
  std::string out;
  write_head(out, status, headers, frame, "Sat, 21 Nov 2026 09:03:00 GMT");
  return out;
}

TEST(ResponseWriter, WritesTheHead) {
  EXPECT_EQ(head_of(202, {{"content-type", "text/plain"}}, {Framing::length, 12, Persistence::keep}),
            "HTTP/1.1 202 Accepted\r\ndate: Sat, 21 Nov 2026 09:03:00 GMT\r\ncontent-type: text/plain\r\n"
            "content-length: 12\r\n\r\n");
  EXPECT_EQ(head_of(204, {}, {Framing::none, 0, Persistence::close}),
            "HTTP/1.1 204 No Content\r\ndate: Sat, 21 Nov 2026 09:03:00 GMT\r\nconnection: close\r\n\r\n");
  EXPECT_EQ(head_of(599, {}, {Framing::chunked, 0, Persistence::say_keep}),
            "HTTP/1.1 599 \r\ndate: Sat, 21 Nov 2026 09:03:00 GMT\r\ntransfer-encoding: chunked\r\n"
            "connection: keep-alive\r\n\r\n");
}

TEST(ResponseWriter, LetsNoValueWriteHeadersOfItsOwn) {
  const std::string head = head_of(302, {{"location", "/a\r\nset-cookie: b\n\tc"}}, {});
  EXPECT_NE(head.find("location: /a  set-cookie: b \tc\r\n"), std::string::npos) << head;
}

TEST(ResponseWriter, FramesPieces) {
  EXPECT_EQ(chunk_head(1), "1\r\n");
  EXPECT_EQ(chunk_head(262'144), "40000\r\n");
}

TEST(ResponseWriter, DatesAreImfFixdates) {
  DateText date;
  date.refresh();
  ASSERT_EQ(date.text().size(), 29U);
  EXPECT_EQ(date.text().substr(25), " GMT");
  EXPECT_EQ(date.text()[3], ',');
}

TEST(Refusal, EachHasAnAnswer) {
  std::vector<std::string_view> codes;
  for (std::size_t i = 0; i < refusal_count; ++i) {
    const RefusalAnswer& answer = answer_to(static_cast<Refusal>(i));
    EXPECT_GE(answer.status, 400);
    EXPECT_FALSE(answer.detail.empty());
    EXPECT_EQ(std::count(codes.begin(), codes.end(), answer.code), 0) << answer.code;
    codes.push_back(answer.code);
  }
}

TEST(Refusal, IsAProblemDocument) {
  const Response response = refusal_response(Refusal::queue_full, 7);
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(std::get<std::string>(response.body),
            R"({"type":"about:blank","title":"Service Unavailable","status":503,"code":"queue_full",)"
            R"("detail":"Too many queries are waiting. Try again later."})");
  ASSERT_EQ(response.headers.size(), 2U);
  EXPECT_EQ(response.headers[0].value, "application/problem+json");
  EXPECT_EQ(response.headers[1].name, "retry-after");
  EXPECT_EQ(response.headers[1].value, "7");
}

}  // namespace
}  // namespace footfall
