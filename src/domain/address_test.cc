#include "domain/address.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

TEST(Address, IsWrittenInItsShortestForm) {
  struct Row {
    const char* because;
    const char* given;
    const char* text;
  };
  for (const auto& row :
       {Row{"IPv4", "203.0.113.9", "203.0.113.9"},
        Row{"IPv6 as RFC 5952 writes it", "2001:0DB8:0:0:0:0:0:1", "2001:db8::1"},
        Row{"IPv4 inside IPv6 is the same address", "::ffff:203.0.113.9", "203.0.113.9"}, Row{"loopback", "::1", "::1"},
        Row{"the longest", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6"}}) {
    SCOPED_TRACE(row.because);
    const auto address = Address::parse(row.given);
    ASSERT_TRUE(address);
    EXPECT_EQ(address->text(), row.text);
    EXPECT_EQ(Address::parse(address->text()), address) << "what is written is read back";
  }
}

TEST(Address, IsNothingElse) {
  for (const char* text :
       {"", "localhost", "203.0.113", "203.0.113.256", "203.0.113.9:80", "[::1]", "fe80::1%eth0", "203.0.113.9 ",
        " ::1", "1:2:3:4:5:6:7:8:9", "::g", "0x7f.1", "3405803785", "2001:0db8:0000:0000:0000:0000:255.255.255.2555"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(Address::parse(text), std::nullopt);
  }
}

TEST(Address, KnowsItsFamilyAndItself) {
  EXPECT_TRUE(Address::parse("203.0.113.9")->is_v4());
  EXPECT_FALSE(Address::parse("2001:db8::1")->is_v4());
  EXPECT_EQ(Address::v4(0xCB007109), Address::parse("203.0.113.9"));
  EXPECT_TRUE(Address::parse("127.0.0.1")->is_loopback());
  EXPECT_TRUE(Address::parse("127.255.0.9")->is_loopback());
  EXPECT_TRUE(Address::parse("::1")->is_loopback());
  EXPECT_FALSE(Address::parse("128.0.0.1")->is_loopback());
  EXPECT_FALSE(Address::parse("::2")->is_loopback());
}

TEST(Address, OfNobodyIsEmptyText) {
  EXPECT_TRUE(Address().is_none());
  EXPECT_EQ(Address().text(), "");
  EXPECT_FALSE(Address::v4(0).is_none()) << "0.0.0.0 is an address";
}

}  // namespace
}  // namespace footfall
