#include "app/edge/forwarding_headers.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace footfall {
namespace {

std::map<std::string, std::string> headers_for(const ForwardedFor& from) {
  std::vector<Header> headers;
  add_forwarding_headers(headers, from);
  std::map<std::string, std::string> found;
  for (const Header& header : headers) EXPECT_TRUE(found.emplace(header.name, header.value).second);
  return found;
}

using Fields = std::map<std::string, std::string>;

TEST(ForwardingHeaders, SayWhoAsksAndHow) {
  EXPECT_EQ(headers_for({*Address::parse("203.0.113.9"), {}, false, "example.com:8080"}),
            (Fields{{"x-forwarded-for", "203.0.113.9"},
                    {"x-forwarded-proto", "http"},
                    {"x-forwarded-host", "example.com:8080"},
                    {"forwarded", "for=203.0.113.9;host=\"example.com:8080\";proto=http"}}));
}

TEST(ForwardingHeaders, QuoteAnAddressOfIPv6) {
  const auto fields = headers_for({*Address::parse("2001:db8::1"), {}, true, "a"});
  EXPECT_EQ(fields.at("x-forwarded-for"), "2001:db8::1");
  EXPECT_EQ(fields.at("forwarded"), "for=\"[2001:db8::1]\";host=\"a\";proto=https");
}

TEST(ForwardingHeaders, AddTheProxyThatAskedUs) {
  const auto fields = headers_for({*Address::parse("203.0.113.9"), Address::parse("10.0.0.1"), true, "a"});
  EXPECT_EQ(fields.at("x-forwarded-for"), "203.0.113.9, 10.0.0.1");
  EXPECT_EQ(fields.at("forwarded"), "for=203.0.113.9;host=\"a\";proto=https, for=10.0.0.1");
}

TEST(ForwardingHeaders, LeaveOutWhatIsNotKnown) {
  EXPECT_EQ(headers_for({}), (Fields{{"x-forwarded-proto", "http"}, {"forwarded", "for=unknown;proto=http"}}));
}

TEST(ForwardingHeaders, AreKnownByName) {
  for (const char* name : {"Forwarded", "X-Forwarded-For", "x-forwarded-PORT", "X-Real-IP"}) {
    EXPECT_TRUE(is_forwarding_header(name)) << name;
  }
  for (const char* name : {"X-Forwarded", "X-Forwarded-", "Forward", "X-Request-Id", "X-Real-Ips"}) {
    EXPECT_FALSE(is_forwarding_header(name)) << name;
  }
}

}  // namespace
}  // namespace footfall
