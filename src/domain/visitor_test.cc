#include "domain/visitor.h"

#include <gtest/gtest.h>

#include <set>

namespace footfall {
namespace {

constexpr SipKey today{1, 2}, tomorrow{3, 4};
const Address here = *Address::parse("203.0.113.9");
const Address there = *Address::parse("203.0.113.10");

TEST(Visitor, IsTheSameForTheSameSaltSiteAddressAndUserAgent) {
  EXPECT_EQ(visitor_hash(today, "example.com", here, "Firefox"), visitor_hash(today, "example.com", here, "Firefox"));
}

TEST(Visitor, IsAnotherOneWhenAnyOfTheFourIsAnother) {
  const std::set<std::uint64_t> visitors{
      visitor_hash(today, "example.com", here, "Firefox"),     visitor_hash(tomorrow, "example.com", here, "Firefox"),
      visitor_hash(today, "example.org", here, "Firefox"),     visitor_hash(today, "example.com", there, "Firefox"),
      visitor_hash(today, "example.com", here, "Chromium"),    visitor_hash(today, "example.com", here, ""),
      visitor_hash(today, "example.com", Address(), "Firefox")};
  EXPECT_EQ(visitors.size(), 7U);
}

TEST(Visitor, IsNotConfusedByTextThatMovesFromOnePartToTheNext) {
  EXPECT_NE(given_visitor_hash(today, "ab", "c"), given_visitor_hash(today, "a", "bc"));
}

TEST(Visitor, WithAnIdOfTheCallersIsTheSameOnEveryDayOfASite) {
  EXPECT_EQ(given_visitor_hash(today, "example.com", "ada"), given_visitor_hash(today, "example.com", "ada"));
  EXPECT_NE(given_visitor_hash(today, "example.com", "ada"), given_visitor_hash(today, "example.org", "ada"));
  EXPECT_NE(given_visitor_hash(today, "example.com", "ada"), given_visitor_hash(today, "example.com", "bob"));
}

TEST(Visitor, IsNeverNumberZero) {
  for (std::uint64_t salt = 0; salt < 1'000; ++salt) {
    EXPECT_NE(visitor_hash({salt, 0}, "", Address(), ""), 0U);
    EXPECT_NE(given_visitor_hash({salt, 0}, "", ""), 0U);
  }
}

}  // namespace
}  // namespace footfall
