#include "adapters/http_server/connection_limits.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

Address address(std::string_view text) { return *Address::parse(text); }

class ConnectionLimitsTest : public testing::Test {
 protected:
  ConnectionLimitsTest() {
    settings.connections_max = 5;
    settings.connections_per_address_max = 2;
  }
  HttpServerSettings settings;
};

TEST_F(ConnectionLimitsTest, BoundsTheConnectionsOfOneAddress) {
  ConnectionLimits limits(settings);
  EXPECT_EQ(limits.enter(address("203.0.113.9")), std::nullopt);
  EXPECT_EQ(limits.enter(address("203.0.113.9")), std::nullopt);
  EXPECT_EQ(limits.enter(address("203.0.113.9")), Refusal::too_many_connections_from_address);
  EXPECT_EQ(limits.enter(address("203.0.113.10")), std::nullopt);
  limits.leave(address("203.0.113.9"));
  EXPECT_EQ(limits.enter(address("203.0.113.9")), std::nullopt);
}

TEST_F(ConnectionLimitsTest, CountsIpv6ByWhatOneSubscriberHas) {
  ConnectionLimits limits(settings);
  EXPECT_EQ(limits.enter(address("2001:db8:0:1::1")), std::nullopt);
  EXPECT_EQ(limits.enter(address("2001:db8:0:1:ffff::2")), std::nullopt);
  EXPECT_EQ(limits.enter(address("2001:db8:0:1::3")), Refusal::too_many_connections_from_address);
  EXPECT_EQ(limits.enter(address("2001:db8:0:2::1")), std::nullopt);
}

TEST_F(ConnectionLimitsTest, BoundsThemAllButLetsAProxyOpenMany) {
  ConnectionLimits limits(settings);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(limits.enter(address("127.0.0.1")), std::nullopt);
  EXPECT_EQ(limits.enter(address("127.0.0.1")), Refusal::too_many_connections);
  EXPECT_EQ(limits.open(), 5U);
  EXPECT_FALSE(limits.wait_until_none(std::chrono::milliseconds(1)));
  for (int i = 0; i < 5; ++i) limits.leave(address("127.0.0.1"));
  EXPECT_TRUE(limits.wait_until_none(std::chrono::milliseconds(0)));
}

}  // namespace
}  // namespace footfall
