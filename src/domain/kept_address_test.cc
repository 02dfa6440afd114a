#include "domain/kept_address.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace footfall {
namespace {

const AddressKeeper& keeper() {
  static const AddressKeeper keeper(SipKey{1, 2});
  return keeper;
}

std::string kept(const char* address, KeptAddress how) { return keeper().keep(*Address::parse(address), how).text(); }

TEST(KeptAddress, FullKeepsTheAddress) {
  EXPECT_EQ(kept("203.0.113.9", KeptAddress::full), "203.0.113.9");
  EXPECT_EQ(kept("2001:db8::1", KeptAddress::full), "2001:db8::1");
}

TEST(KeptAddress, TruncatedKeepsTheNetworkThatAProviderGivesToManyPeople) {
  struct Row {
    const char* address;
    const char* network;
  };
  for (const Row& row : {Row{"203.0.113.9", "203.0.113.0"}, Row{"203.0.113.0", "203.0.113.0"},
                         Row{"255.255.255.255", "255.255.255.0"}, Row{"::ffff:198.51.100.7", "198.51.100.0"},
                         Row{"2001:db8:1234:5678:9abc:def0:1234:5678", "2001:db8:1234::"}, Row{"::1", ""}}) {
    SCOPED_TRACE(row.address);
    EXPECT_EQ(kept(row.address, KeptAddress::truncated), row.network);
  }
}

TEST(KeptAddress, HashedIsOneOpaqueTextForEachAddress) {
  const std::string text = kept("203.0.113.9", KeptAddress::hashed);
  EXPECT_EQ(text.size(), std::string("hashed:").size() + 22);
  EXPECT_TRUE(text.starts_with("hashed:"));
  EXPECT_EQ(kept("203.0.113.9", KeptAddress::hashed), text);
  EXPECT_EQ(kept("::ffff:203.0.113.9", KeptAddress::hashed), text) << "the same address written otherwise";
  std::set<std::string> texts;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    texts.insert(keeper().keep(Address::v4(0x0A000000U + i), KeptAddress::hashed).text());
  }
  EXPECT_EQ(texts.size(), 10'000U);
  EXPECT_NE(AddressKeeper(SipKey{1, 3}).keep(*Address::parse("203.0.113.9"), KeptAddress::hashed).text(), text)
      << "another data folder's key gives another text";
}

TEST(KeptAddress, NoneKeepsNothing) {
  EXPECT_EQ(kept("203.0.113.9", KeptAddress::none), "");
  EXPECT_TRUE(keeper().keep(*Address::parse("203.0.113.9"), KeptAddress::none).is_none());
  for (const KeptAddress how : {KeptAddress::full, KeptAddress::truncated, KeptAddress::hashed, KeptAddress::none}) {
    EXPECT_TRUE(keeper().keep(Address(), how).is_none()) << name_of(how);
  }
}

TEST(KeptAddress, WhatIsShownIsReadBack) {
  for (const KeptAddress how : {KeptAddress::full, KeptAddress::truncated, KeptAddress::hashed}) {
    for (const char* address : {"203.0.113.9", "2001:db8::42"}) {
      const StoredAddress stored = keeper().keep(*Address::parse(address), how);
      EXPECT_EQ(StoredAddress::parse(stored.text()), stored);
    }
  }
}

TEST(KeptAddress, OtherTextsAreNoAddress) {
  const std::string good = kept("203.0.113.9", KeptAddress::hashed);
  for (const std::string& text :
       {std::string(), std::string("hashed:"), std::string("hashed:abc"), good + "A", good.substr(0, good.size() - 1),
        "Hashed:" + good.substr(7), std::string("203.0.113"), std::string("hashed:!!!!!!!!!!!!!!!!!!!!!!"),
        "hashed:" + std::string(21, 'A') + "B"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(StoredAddress::parse(text));
  }
}

}  // namespace
}  // namespace footfall
