#include "domain/access_log.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

constexpr const char* combined_line =
    R"(83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET /presentations/images/kibana.png?v=2 HTTP/1.1" 200 203023 )"
    R"("http://semicomplete.com/presentations/" "Mozilla/5.0 (Macintosh) \"Chrome\"/32.0")";
constexpr const char* common_line =
    R"(127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326)";
constexpr const char* host_line =
    R"(www.example.com:443 2001:db8::1 - - [21/Nov/2026:09:03:00 +0000] "GET /about HTTP/2.0" 304 - "-" "curl/7.88.1")";

std::optional<LogLine> read(std::string_view line, LogFormat format = LogFormat::automatic) {
  LogLineReader reader(format);
  return reader.read(line);
}

TEST(AccessLog, ReadsACombinedLine) {
  for (const LogFormat format : {LogFormat::automatic, LogFormat::combined}) {
    const auto line = read(combined_line, format);
    ASSERT_TRUE(line);
    EXPECT_EQ(line->host, "");
    EXPECT_EQ(line->ip.text(), "83.149.9.216");
    EXPECT_EQ(to_rfc3339(line->time), "2015-05-17T10:05:03.000Z");
    EXPECT_EQ(line->method, "GET");
    EXPECT_EQ(line->target, "/presentations/images/kibana.png?v=2");
    EXPECT_EQ(line->status, 200);
    EXPECT_EQ(line->referrer, "http://semicomplete.com/presentations/");
    EXPECT_EQ(line->user_agent, R"(Mozilla/5.0 (Macintosh) \"Chrome\"/32.0)")
        << "an escaped quote does not end a field";
  }
}

TEST(AccessLog, ReadsACommonLine) {
  for (const LogFormat format : {LogFormat::automatic, LogFormat::common}) {
    const auto line = read(common_line, format);
    ASSERT_TRUE(line);
    EXPECT_EQ(line->ip.text(), "127.0.0.1");
    EXPECT_EQ(to_rfc3339(line->time), "2000-10-10T20:55:36.000Z") << "the zone is taken off";
    EXPECT_EQ(line->target, "/apache_pb.gif");
    EXPECT_EQ(line->referrer, "");
    EXPECT_EQ(line->user_agent, "");
  }
}

TEST(AccessLog, ReadsACombinedLineWithTheHostInFront) {
  for (const LogFormat format : {LogFormat::automatic, LogFormat::combined_with_host}) {
    const auto line = read(host_line, format);
    ASSERT_TRUE(line);
    EXPECT_EQ(line->host, "www.example.com") << "without its port";
    EXPECT_EQ(line->ip.text(), "2001:db8::1");
    EXPECT_EQ(line->status, 304);
    EXPECT_EQ(line->referrer, "") << "a dash is nothing";
    EXPECT_EQ(line->user_agent, "curl/7.88.1");
  }
}

TEST(AccessLog, HoldsEachLineToTheFormatThatWasNamed) {
  EXPECT_FALSE(read(common_line, LogFormat::combined)) << "referrer and user agent are missing";
  EXPECT_FALSE(read(common_line, LogFormat::combined_with_host));
  EXPECT_FALSE(read(combined_line, LogFormat::combined_with_host)) << "no host in front";
  EXPECT_FALSE(read(host_line, LogFormat::combined));
  EXPECT_FALSE(read(host_line, LogFormat::common));
  EXPECT_TRUE(read(combined_line, LogFormat::common)) << "what stands behind a common line is not looked at";
}

TEST(AccessLog, TakesWhatServersReallyWrite) {
  struct Row {
    const char* because;
    std::string line;
    const char* target;
  };
  const std::string front = R"(203.0.113.9 - - [21/Nov/2026:09:03:00 +0000] )";
  for (const auto& row : {
           Row{"a line end of Windows", front + "\"GET /a HTTP/1.1\" 200 1\r", "/a"},
           Row{"a request of HTTP/0.9", front + "\"GET /a\" 200 1", "/a"},
           Row{"no bytes sent", front + "\"GET /a HTTP/1.1\" 304 -", "/a"},
           Row{"more fields behind", front + "\"GET /a HTTP/1.1\" 200 1 \"-\" \"ua\" \"1.2.3.4\" 0.003", "/a"},
           Row{"a user with a space",
               "203.0.113.9 - ada lovelace [21/Nov/2026:09:03:00 +0000] \"GET /a HTTP/1.1\" 200 1", "/a"},
           Row{"a target with a quote", front + R"("GET /a\"b HTTP/1.1" 200 1)", R"(/a\"b)"},
           Row{"an absolute target", front + "\"GET http://example.com/a HTTP/1.1\" 200 1", "http://example.com/a"},
           Row{"an empty referrer", front + "\"GET /a HTTP/1.1\" 200 1 \"\" \"ua\"", "/a"},
       }) {
    SCOPED_TRACE(row.because);
    const auto line = read(row.line);
    ASSERT_TRUE(line);
    EXPECT_EQ(line->target, row.target);
    EXPECT_EQ(to_rfc3339(line->time), "2026-11-21T09:03:00.000Z");
  }
}

TEST(AccessLog, LeavesOutADamagedLine) {
  struct Row {
    const char* because;
    std::string line;
  };
  const std::string front = R"(203.0.113.9 - - [21/Nov/2026:09:03:00 +0000] )";
  const std::string back = R"( "GET /a HTTP/1.1" 200 1 "-" "ua")";
  for (const auto& row : {
           Row{"nothing", ""},
           Row{"something else", "nginx: configuration file test is successful"},
           Row{"no address", "- - - [21/Nov/2026:09:03:00 +0000]" + back},
           Row{"no time", "203.0.113.9 - -" + back},
           Row{"no end of the time", "203.0.113.9 - - [21/Nov/2026:09:03:00 +0000" + back},
           Row{"a day there is not", "203.0.113.9 - - [31/Nov/2026:09:03:00 +0000]" + back},
           Row{"a month there is not", "203.0.113.9 - - [21/Nox/2026:09:03:00 +0000]" + back},
           Row{"an hour there is not", "203.0.113.9 - - [21/Nov/2026:24:03:00 +0000]" + back},
           Row{"a zone there is not", "203.0.113.9 - - [21/Nov/2026:09:03:00 +0060]" + back},
           Row{"a time without zone", "203.0.113.9 - - [21/Nov/2026:09:03:00]" + back},
           Row{"no request", front},
           Row{"a dash for a request", front + R"("-" 408 0 "-" "-")"},
           Row{"an empty request", front + R"("" 400 0 "-" "-")"},
           Row{"a request that does not end", front + R"("GET /a HTTP/1.1 200 1)"},
           Row{"no status", front + R"("GET /a HTTP/1.1")"},
           Row{"a status there is not", front + R"("GET /a HTTP/1.1" 600 1)"},
           Row{"a status of words", front + R"("GET /a HTTP/1.1" OK 1)"},
           Row{"no bytes", front + R"("GET /a HTTP/1.1" 200)"},
           Row{"bytes of words", front + R"("GET /a HTTP/1.1" 200 many)"},
           Row{"a referrer that does not end", front + R"("GET /a HTTP/1.1" 200 1 "http://a)"},
           Row{"a referrer and no user agent", front + R"("GET /a HTTP/1.1" 200 1 "-")"},
           Row{"cut inside an escape", front + R"("GET /a HTTP/1.1" 200 1 "-" "ua\)"},
       }) {
    SCOPED_TRACE(row.because);
    EXPECT_FALSE(read(row.line));
  }
}

TEST(AccessLog, CutShortAtAnyByteIsALineOfAnotherFormatOrNone) {
  const std::string whole = combined_line;
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    EXPECT_FALSE(read(whole.substr(0, bytes), LogFormat::combined)) << whole.substr(0, bytes);
  }
}

TEST(AccessLog, RemembersNoDayThatWasWrong) {
  LogLineReader reader(LogFormat::automatic);
  const auto at = [&](const std::string& time) {
    const auto line = reader.read("203.0.113.9 - - [" + time + "] \"GET /a HTTP/1.1\" 200 1");
    return line ? to_rfc3339(line->time) : "none";
  };
  EXPECT_EQ(at("21/Nov/2026:09:03:00 +0000"), "2026-11-21T09:03:00.000Z");
  EXPECT_EQ(at("31/Nov/2026:09:03:00 +0000"), "none");
  EXPECT_EQ(at("21/Nov/2026:23:59:60 +0000"), "2026-11-22T00:00:00.000Z") << "a leap second";
  EXPECT_EQ(at("22/Nov/2026:00:00:01 +0100"), "2026-11-21T23:00:01.000Z");
}

TEST(LogFormat, HasANameAndIsFoundByIt) {
  for (const LogFormat format :
       {LogFormat::automatic, LogFormat::common, LogFormat::combined, LogFormat::combined_with_host}) {
    EXPECT_EQ(log_format_named(name_of(format)), format);
  }
  EXPECT_EQ(name_of(LogFormat::automatic), "auto");
  EXPECT_EQ(log_format_named("apache"), std::nullopt);
}

}  // namespace
}  // namespace footfall
