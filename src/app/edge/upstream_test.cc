#include "app/edge/upstream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "testing/fake_crypto.h"

namespace footfall {
namespace {

TEST(ParseUpstream, ReadsAHostAndAPort) {
  struct Row {
    const char* url;
    const char* host;
    std::uint16_t port;
  };
  for (const auto& row :
       {Row{"http://127.0.0.1:8000", "127.0.0.1", 8000}, Row{"http://App", "app", 80}, Row{"http://app:1/", "app", 1},
        Row{"http://[::1]:65535", "::1", 65535}, Row{"http://[::1]", "::1", 80}}) {
    const auto origin = parse_upstream(row.url);
    ASSERT_TRUE(origin) << origin.error().what;
    EXPECT_EQ(origin->host, row.host);
    EXPECT_EQ(origin->port, row.port);
  }
}

TEST(ParseUpstream, SaysWhatIsWrong) {
  for (const char* url :
       {"", "127.0.0.1:8000", "https://app", "ftp://app", "http://", "http://:80", "http://app:", "http://app:0",
        "http://app:65536", "http://app:http", "http://app/path", "http://app?q", "http://u:p@app", "http://[::1",
        "http://[::1]80", "http://[app]", "http://a b", "HTTP://app"}) {
    const auto origin = parse_upstream(url);
    ASSERT_FALSE(origin) << url;
    EXPECT_EQ(origin.error().code, ErrorCode::invalid);
    EXPECT_NE(origin.error().what.find("--upstream"), std::string::npos);
  }
}

class UpstreamTest : public testing::Test {
 protected:
  // Keeps what the request looks at.
  ForwardedRequest& forward(std::vector<HeaderView> headers, std::string_view path = "/") {
    headers_ = std::move(headers);
    request.path = path;
    request.headers = headers_;
    response_ = upstream.forward(request);
    return *std::get<std::unique_ptr<ForwardedRequest>>(response_.body);
  }
  static std::string header(const ForwardedRequest& forwarded, std::string_view name) {
    std::string all;
    for (const Header& header : forwarded.headers) {
      if (header.name == name) all += (all.empty() ? "" : "|") + header.value;
    }
    return all;
  }

  FakeCrypto crypto;
  Upstream upstream{Origin{"app", 8000}, crypto};
  Request request;

 private:
  std::vector<HeaderView> headers_;
  Response response_;
};

TEST_F(UpstreamTest, LeavesTargetAndHostAsTheyCame) {
  request.method = Method::del;
  request.query = "q=%zz";
  const ForwardedRequest& forwarded =
      forward({{"Host", "Example.com:8080"}, {"Cookie", "a=1"}, {"cookie", "b=2"}}, "/a//../%2e%2F;x");
  EXPECT_EQ(*forwarded.origin, (Origin{"app", 8000}));
  EXPECT_EQ(forwarded.method, Method::del);
  EXPECT_EQ(forwarded.target, "/a//../%2e%2F;x?q=%zz");
  EXPECT_EQ(header(forwarded, "host"), "Example.com:8080");
  EXPECT_EQ(header(forwarded, "Cookie"), "a=1");
  EXPECT_EQ(header(forwarded, "cookie"), "b=2");
}

TEST_F(UpstreamTest, NamesTheOriginWhereTheClientNamesNoHost) { EXPECT_EQ(header(forward({}), "host"), "app:8000"); }

TEST_F(UpstreamTest, DropsWhatIsOfTheConnectionOrFramesTheBody) {
  const ForwardedRequest& forwarded = forward({{"Host", "a"},
                                               {"Connection", "keep-alive, X-Hop, Host"},
                                               {"X-Hop", "1"},
                                               {"Keep-Alive", "1"},
                                               {"Content-Length", "5"},
                                               {"Transfer-Encoding", "chunked"},
                                               {"TE", "trailers"},
                                               {"Trailer", "X"},
                                               {"Upgrade", "h2c"},
                                               {"HTTP2-Settings", "x"},
                                               {"Proxy", "http://evil"},
                                               {"Proxy-Connection", "x"},
                                               {"Proxy-Authorization", "x"},
                                               {"Expect", "100-continue"},
                                               {"X-Stays", "1"}});
  std::vector<std::string_view> names;
  for (const Header& header : forwarded.headers) names.push_back(header.name);
  EXPECT_EQ(names, (std::vector<std::string_view>{"host", "X-Stays", "x-forwarded-proto", "x-forwarded-host",
                                                  "forwarded", "via"}));
}

TEST_F(UpstreamTest, BelievesNoStrangerAboutHimself) {
  request.peer = *Address::parse("203.0.113.9");
  const ForwardedRequest& forwarded = forward({{"Host", "a"},
                                               {"X-Forwarded-For", "127.0.0.1"},
                                               {"X_Forwarded_For", "127.0.0.1"},
                                               {"X.Forwarded.For", "127.0.0.1"},
                                               {"x-forwarded-proto", "https"},
                                               {"X-Forwarded-Port", "443"},
                                               {"Forwarded", "for=127.0.0.1"},
                                               {"X-Real-IP", "127.0.0.1"}});
  EXPECT_EQ(header(forwarded, "x-forwarded-for"), "203.0.113.9");
  EXPECT_EQ(header(forwarded, "x-forwarded-proto"), "http");
  EXPECT_EQ(std::count_if(forwarded.headers.begin(), forwarded.headers.end(),
                          [](const Header& header) { return header.value.find("127.0.0.1") != std::string::npos; }),
            0);
  EXPECT_EQ(forwarded.headers.size(), 6U);
}

TEST_F(UpstreamTest, AddsItselfToViaAndKnowsACircle) {
  const std::string own = header(forward({{"Host", "a"}}), "via");
  EXPECT_TRUE(own.starts_with("1.1 footfall-")) << own;
  const std::string chain = header(forward({{"Host", "a"}, {"Via", "1.0 one"}, {"via", "1.1 two"}}), "via");
  EXPECT_EQ(chain, "1.0 one, 1.1 two, " + own);

  const std::vector<HeaderView> again{{"Host", "a"}, {"Via", chain}};
  request.headers = again;
  EXPECT_EQ(upstream.forward(request).status, 508);
}

TEST_F(UpstreamTest, AnswersPeopleWithAPageAndProgramsWithAProblem) {
  struct Row {
    const char* accept;
    bool for_program;
  };
  for (const auto& row : {Row{"text/html,application/xhtml+xml,*/*;q=0.8", false}, Row{"*/*", false}, Row{"", false},
                          Row{"application/json", true}, Row{"Application/Problem+JSON, */*", true},
                          Row{"application/json, text/html", false}}) {
    SCOPED_TRACE(row.accept);
    const ForwardedRequest& forwarded = forward({{"Host", "a"}, {"Accept", row.accept}});
    struct Answer {
      ForwardFailure why;
      int status;
    };
    for (const auto& [why, status] : {Answer{ForwardFailure::unreachable, 502}, Answer{ForwardFailure::broken, 502},
                                      Answer{ForwardFailure::too_slow, 504}, Answer{ForwardFailure::busy, 503}}) {
      const Response response = forwarded.on_failure(why);
      EXPECT_EQ(response.status, status);
      const auto& body = std::get<std::string>(response.body);
      EXPECT_EQ(body.starts_with("{"), row.for_program);
      EXPECT_EQ(body.starts_with("<!doctype html>"), !row.for_program);
      const bool retries = std::any_of(response.headers.begin(), response.headers.end(),
                                       [](const Header& header) { return header.name == "retry-after"; });
      EXPECT_EQ(retries, status == 503);
    }
  }
}

TEST_F(UpstreamTest, PassesTheWishForWebSocketOn) {
  EXPECT_FALSE(forward({{"Host", "a"}}).upgrade);
  request.upgrade = true;
  EXPECT_TRUE(forward({{"Host", "a"}}).upgrade);
}

}  // namespace
}  // namespace footfall
