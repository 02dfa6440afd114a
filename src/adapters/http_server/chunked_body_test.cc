#include "adapters/http_server/chunked_body.h"

#include <gtest/gtest.h>

#include <string>

namespace footfall {
namespace {

TEST(ChunkedBody, IsTakenApartInWhateverPiecesItComes) {
  const std::string text = "5\r\nhello\r\n1;name=\"value\"\r\n,\r\n00A;x\r\n0123456789\r\n0\r\n\r\n";
  for (std::size_t piece_bytes = 1; piece_bytes <= text.size(); ++piece_bytes) {
    ChunkedBody body(1'000);
    std::string unread;
    ChunkedBody::Progress progress;
    for (std::size_t at = 0; at < text.size(); at += piece_bytes) {
      unread += text.substr(at, piece_bytes);
      progress = body.take(unread);
      ASSERT_FALSE(progress.refused) << piece_bytes;
      unread.erase(0, progress.used);
    }
    EXPECT_TRUE(progress.done) << piece_bytes;
    EXPECT_EQ(unread, "");
    EXPECT_EQ(body.text(), "hello,0123456789");
  }
}

TEST(ChunkedBody, LeavesTheNextRequestAlone) {
  ChunkedBody body(1'000);
  const auto progress = body.take("1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n");
  EXPECT_TRUE(progress.done);
  EXPECT_EQ(progress.used, 11U);
}

TEST(ChunkedBody, RefusesWhatIsNotWrittenAsItShould) {
  struct Row {
    const char* because;
    std::string bytes;
    Refusal why;
  };
  for (const auto& row : {
           Row{"a size must be there", "\r\nhello", Refusal::bad_chunk},
           Row{"a size is hexadecimal", "g\r\nhello", Refusal::bad_chunk},
           Row{"a size has no prefix", "0x5\r\nhello\r\n0\r\n\r\n", Refusal::bad_chunk},
           Row{"a size has no sign", "+5\r\nhello", Refusal::bad_chunk},
           Row{"a size is not negative", "-1\r\nhello", Refusal::bad_chunk},
           Row{"a size stands at the start of its line", " 5\r\nhello", Refusal::bad_chunk},
           Row{"a size ends its line", "5 \r\nhello", Refusal::bad_chunk},
           Row{"a size fits in 64 bits", "FFFFFFFFFFFFFFFFF\r\nhello", Refusal::bad_chunk},
           Row{"a line ends with CR LF", "5\nhello\n0\n\n", Refusal::bad_chunk},
           Row{"a line ends with CR LF also behind an extension", "5;a\nhello\r\n0\r\n\r\n", Refusal::bad_chunk},
           Row{"a quoted value holds no line end", "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n", Refusal::bad_chunk},
           Row{"a CR is followed by an LF", "5\rxhello\r\n", Refusal::bad_chunk},
           Row{"data are as long as said", "5\r\nhello!\r\n0\r\n\r\n", Refusal::bad_chunk},
           Row{"an extension is bounded", "1;" + std::string(300, 'a') + "\r\nb\r\n0\r\n\r\n", Refusal::bad_chunk},
           Row{"an endless line is bounded", std::string(300, '0'), Refusal::bad_chunk},
           Row{"a trailer is not taken", "0\r\nX: y\r\n\r\n", Refusal::trailer},
           Row{"a trailer that could frame is not taken", "0\r\nContent-Length: 5\r\n\r\n", Refusal::trailer},
           Row{"an endless trailer is not waited for", "0\r\nX: " + std::string(300, 'y'), Refusal::trailer},
           Row{"a chunk over the limit is refused before it comes", "3E9\r\n", Refusal::body_too_large},
           Row{"all chunks together are bounded", "1\r\na\r\n3E8\r\n", Refusal::body_too_large},
       }) {
    SCOPED_TRACE(row.because);
    ChunkedBody body(1'000);
    const auto progress = body.take(row.bytes);
    ASSERT_TRUE(progress.refused);
    EXPECT_EQ(*progress.refused, row.why) << answer_to(*progress.refused).code;

    // The same byte by byte.
    ChunkedBody slow(1'000);
    std::string unread;
    bool refused = false;
    for (std::size_t i = 0; i < row.bytes.size() && !refused; ++i) {
      unread += row.bytes[i];
      const auto step = slow.take(unread);
      refused = step.refused.has_value();
      unread.erase(0, step.used);
    }
    EXPECT_TRUE(refused);
  }
}

TEST(ChunkedBody, MayBeAsLongAsAllowed) {
  ChunkedBody body(1'000);
  const auto progress = body.take("3E8\r\n" + std::string(1'000, 'a') + "\r\n0\r\n\r\n");
  EXPECT_TRUE(progress.done);
  EXPECT_EQ(body.text().size(), 1'000U);
}

// Beast 1.81 by itself throws here, and the process is gone.
TEST(ChunkedBody, SurvivesATrailerOf100KilobytesInPieces) {
  ChunkedBody body(1'000);
  std::string unread = "0\r\nX: ";
  for (int i = 0; i < 100; ++i) {
    unread += std::string(1'000, 'y');
    const auto progress = body.take(unread);
    unread.erase(0, progress.used);
    if (progress.refused) return;
  }
  FAIL() << "the trailer was taken";
}

}  // namespace
}  // namespace footfall
