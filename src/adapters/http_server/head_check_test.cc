#include "adapters/http_server/head_check.h"

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <string>

namespace footfall {
namespace {

class HeadCheck : public testing::Test {
 protected:
  HeadVerdict check(std::string_view bytes) { return check_head(bytes, limits, head); }
  void expect_complete(std::string_view bytes) {
    const HeadVerdict verdict = check(bytes);
    ASSERT_EQ(verdict.state, HeadState::complete) << answer_to(verdict.why).code;
  }

  HeadLimits limits;
  Head head;
};

TEST_F(HeadCheck, HandsOverTheParts) {
  const std::string text =
      "POST /a%20b?x=1?&y HTTP/1.1\r\nHost: example.com\r\nX-Empty:\r\nX-Spaced: \t a\tb \t\r\ncontent-length: "
      "07\r\n\r\nbody";
  expect_complete(text);
  EXPECT_EQ(head.bytes, text.size() - 4);
  EXPECT_EQ(head.method, Method::post);
  EXPECT_EQ(head.path, "/a%20b");
  EXPECT_EQ(head.query, "x=1?&y");
  EXPECT_EQ(head.host, "example.com");
  EXPECT_EQ(head.content_length, 7U);
  EXPECT_FALSE(head.http_1_0);
  EXPECT_TRUE(head.keep_alive);
  ASSERT_EQ(head.fields().size(), 4U);
  EXPECT_EQ(head.fields()[0].name, "Host");
  EXPECT_EQ(head.fields()[1].value, "");
  EXPECT_EQ(head.fields()[2].name, "X-Spaced");
  EXPECT_EQ(head.fields()[2].value, "a\tb");
}

TEST_F(HeadCheck, RemembersNothingOfTheHeadBefore) {
  expect_complete(
      "HEAD / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(head.http_1_0);
  EXPECT_FALSE(head.keep_alive);
  expect_complete("GET / HTTP/1.1\r\nHost: b\r\n\r\n");
  EXPECT_FALSE(head.http_1_0);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.expects_continue);
  EXPECT_EQ(head.content_length, 0U);
  EXPECT_EQ(head.fields().size(), 1U);
}

TEST_F(HeadCheck, TakesTheFormsOfATarget) {
  struct Row {
    const char* target;
    const char* path;  // nullptr: refused
    const char* query;
  };
  for (const auto& row : {
           Row{"/", "/", ""},
           Row{"/?", "/", ""},
           Row{"//a//", "//a//", ""},
           Row{"/a|b\"<>\\^`{}[]'~", "/a|b\"<>\\^`{}[]'~", ""},
           Row{"http://example.com", "/", ""},
           Row{"http://example.com?q", "/", "q"},
           Row{"HTTPS://EXAMPLE.com/a?q", "/a", "q"},
           Row{"http://other.example/", nullptr, ""},
           Row{"http://user@example.com/", nullptr, ""},
           Row{"http:///a", nullptr, ""},
           Row{"ftp://example.com/", nullptr, ""},
           Row{"example.com/a", nullptr, ""},
           Row{"example.com:443", nullptr, ""},
           Row{"*", nullptr, ""},
           Row{"?q", nullptr, ""},
           Row{"/a#fragment", nullptr, ""},
           Row{"/\x7F", nullptr, ""},
           Row{"/caf\xC3\xA9", nullptr, ""},
           Row{"/a\tb", nullptr, ""},
       }) {
    SCOPED_TRACE(row.target);
    const std::string text = "GET " + std::string(row.target) + " HTTP/1.1\r\nHost: example.com\r\n\r\n";
    const HeadVerdict verdict = check(text);
    if (row.path == nullptr) {
      EXPECT_EQ(verdict.state, HeadState::refused);
      EXPECT_EQ(verdict.why, Refusal::bad_target);
    } else {
      ASSERT_EQ(verdict.state, HeadState::complete);
      EXPECT_EQ(head.path, row.path);
      EXPECT_EQ(head.query, row.query);
    }
  }
}

TEST_F(HeadCheck, KnowsWhetherTheClientWantsToGoOn) {
  struct Row {
    const char* version;
    const char* fields;
    bool keep_alive;
  };
  for (const auto& row : {
           Row{"1.1", "", true},
           Row{"1.1", "Connection: close\r\n", false},
           Row{"1.1", "Connection: foo , CLOSE\r\n", false},
           Row{"1.1", "Connection: keep-alive\r\nConnection: close\r\n", false},
           Row{"1.1", "Connection: closed\r\n", true},
           Row{"1.0", "", false},
           Row{"1.0", "Connection: Keep-Alive\r\n", true},
           Row{"1.0", "Connection: keep-alive, close\r\n", false},
       }) {
    SCOPED_TRACE(std::string(row.version) + " " + row.fields);
    expect_complete("GET / HTTP/" + std::string(row.version) + "\r\nHost: a\r\n" + row.fields + "\r\n");
    EXPECT_EQ(head.keep_alive, row.keep_alive);
  }
}

TEST_F(HeadCheck, WaitsForTheRestAtEveryByteOfAGoodHead) {
  const std::string text = "\r\nPOST /a?b HTTP/1.1\r\nHost: a\r\nX:  y\tz \r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t bytes = 0; bytes < text.size(); ++bytes) {
    EXPECT_EQ(check(text.substr(0, bytes)).state, HeadState::incomplete) << bytes;
  }
  expect_complete(text);
  EXPECT_EQ(head.bytes, text.size());
}

TEST_F(HeadCheck, RefusesAWrongHeadAsSoonAsItIsWrong) {
  for (const char* bytes : {"\x16\x03\x01", "{", "GET\t", "GET  ", "GET /\r", "\n", "\r\n\r\n", "GET / HTTQ",
                            "GET / HTTP/1.1\r\n Host", "GET / HTTP/1.1\r\nHost :", "GET / HTTP/1.1\r\nHost: a\n"}) {
    EXPECT_EQ(check(bytes).state, HeadState::refused) << bytes;
  }
}

TEST_F(HeadCheck, BoundsEachPartOnBothSides) {
  const auto with_target = [](std::size_t bytes) {
    return "GET /" + std::string(bytes - 1, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n";
  };
  expect_complete(with_target(target_bytes_max));
  EXPECT_EQ(check(with_target(target_bytes_max + 1)).why, Refusal::target_too_long);
  // Also before its end has come.
  EXPECT_EQ(check(with_target(9'000).substr(0, 8'500)).why, Refusal::target_too_long);

  const auto with_fields = [](std::size_t bytes) {
    const std::string host = "Host: a\r\n";
    return "GET / HTTP/1.1\r\n" + host + "X: " + std::string(bytes - host.size() - 7, 'a') + "\r\n\r\n";
  };
  expect_complete(with_fields(header_block_bytes_max));
  EXPECT_EQ(check(with_fields(header_block_bytes_max + 1)).why, Refusal::head_too_large);
  EXPECT_EQ(check(with_fields(20'000).substr(0, 17'000)).why, Refusal::head_too_large);

  const auto with_count = [](std::size_t count) {
    std::string text = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (std::size_t i = 1; i < count; ++i) text += "X: y\r\n";
    return text + "\r\n";
  };
  expect_complete(with_count(header_count_max));
  EXPECT_EQ(check(with_count(header_count_max + 1)).why, Refusal::too_many_fields);

  EXPECT_EQ(check(std::string(method_bytes_max, 'A') + " / HTTP/1.1\r\nHost: a\r\n\r\n").why, Refusal::unknown_method);
  EXPECT_EQ(check(std::string(method_bytes_max + 1, 'A')).why, Refusal::bad_request_line);
}

TEST_F(HeadCheck, FindsEachControlCharacterAtEachPlaceOfAValue) {
  for (int control = 0; control < 256; ++control) {
    const bool allowed = control >= 0x20 ? control != 0x7F : control == '\t';
    for (std::size_t at = 0; at < 20; ++at) {
      std::string value(20, 'v');
      value[at] = static_cast<char>(control);
      const HeadVerdict verdict = check("GET / HTTP/1.1\r\nHost: a\r\nX: " + value + "\r\n\r\n");
      EXPECT_EQ(verdict.state, allowed ? HeadState::complete : HeadState::refused) << control << " at " << at;
    }
  }
}

// What passes the check, Beast's own parser reads in the same way.
TEST_F(HeadCheck, AgreesWithBeastOnWhatItTakes) {
  namespace http = boost::beast::http;
  for (const std::string text : {
           "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
           "POST /p?q HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n",
           "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n",
           "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
           "PUT /x HTTP/1.1\r\nhOST: a:80\r\nConnection: x,  close ,y\r\nA: \xE9 \t\r\n\r\n",
       }) {
    SCOPED_TRACE(text);
    expect_complete(text);
    http::request_parser<http::string_body> beast;
    boost::beast::error_code error;
    const std::size_t used = beast.put(boost::asio::buffer(text), error);
    ASSERT_FALSE(error) << error.message();
    EXPECT_EQ(used, head.bytes);
    EXPECT_EQ(beast.chunked(), head.chunked);
    EXPECT_EQ(beast.content_length().value_or(0), head.content_length);
    EXPECT_EQ(beast.keep_alive(), head.keep_alive);
    std::size_t at = 0;
    ASSERT_EQ(std::distance(beast.get().begin(), beast.get().end()), static_cast<std::ptrdiff_t>(head.fields().size()));
    for (const auto& field : beast.get()) {
      EXPECT_EQ(std::string_view(field.name_string().data(), field.name_string().size()), head.fields()[at].name);
      EXPECT_EQ(std::string_view(field.value().data(), field.value().size()), head.fields()[at].value);
      ++at;
    }
  }
}

}  // namespace
}  // namespace footfall
