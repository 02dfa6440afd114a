#include "domain/public_id.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace footfall {
namespace {

const Instant moment = instant_of(1'795'251'780'000);  // 2026-11-21T09:03:00Z

class PublicId : public testing::Test {
 protected:
  const PublicIds ids_{SipKey{1, 2}};
  const PublicIds others_{SipKey{1, 3}};
};

TEST_F(PublicId, OfAVisitIsAUuidOfVersion7) {
  const std::string id = ids_.visit_id(moment, 7);
  ASSERT_EQ(id.size(), 36U);
  EXPECT_EQ(id.substr(0, 13), "01a1fd58-39a0") << "the 48 bits of milliseconds come first";
  EXPECT_EQ(id[14], '7') << "RFC 9562 §4.2, version";
  EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos) << "RFC 9562 §4.1, variant";
  EXPECT_EQ(canonical_uuid(id), id);
}

TEST_F(PublicId, OfAVisitLeadsBackToItsPosition) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 1'000; ++i) {
    const Position position = random() >> (2 + random() % 60);
    EXPECT_EQ(ids_.visit_position(ids_.visit_id(moment, position)), position);
  }
  for (const Position position : {Position{0}, Position{1}, (Position{1} << 62U) - 1}) {
    EXPECT_EQ(ids_.visit_position(ids_.visit_id(moment, position)), position);
  }
}

TEST_F(PublicId, OfAVisitIsReadInAnyCase) {
  std::string id = ids_.visit_id(moment, 7);
  for (char& c : id) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_EQ(ids_.visit_position(id), 7U);
}

TEST_F(PublicId, SortsByTime) { EXPECT_LT(ids_.visit_id(moment, 1'000), ids_.visit_id(moment + Milliseconds(1), 0)); }

TEST_F(PublicId, TellsNothingOfTheNumbersBehindIt) {
  EXPECT_NE(ids_.visit_id(moment, 1).substr(14), ids_.visit_id(moment, 2).substr(14));
  std::set<char> first_characters;
  for (std::uint32_t number = 1; number <= 200; ++number) {
    first_characters.insert(ids_.number_id(PublicIds::What::session, number).front());
  }
  EXPECT_GT(first_characters.size(), 40U) << "neighbours do not look alike";
}

TEST_F(PublicId, MadeElsewhereLeadsNowhere) {
  EXPECT_EQ(ids_.visit_position("01939e2a-7c1d-7b3a-9f00-0123456789ab"), std::nullopt) << "a UUID of the caller's";
  EXPECT_EQ(ids_.visit_position("not-an-id"), std::nullopt);
  EXPECT_EQ(ids_.visit_position(""), std::nullopt);
  int read = 0;
  for (Position position = 0; position < 1'000; ++position) {
    if (ids_.visit_position(others_.visit_id(moment, position))) ++read;
  }
  EXPECT_LE(read, 4) << "12 bits of check let one in 4,096 pass";
}

TEST_F(PublicId, OfSessionsAndVisitorsLeadsBackToItsNumberAndIsNotTheOthers) {
  using What = PublicIds::What;
  std::set<std::string> seen;
  for (const std::uint32_t number : {0U, 1U, 2U, 1'000'000U, UINT32_MAX}) {
    for (const What what : {What::session, What::visitor}) {
      const std::string id = ids_.number_id(what, number);
      EXPECT_EQ(id.size(), 11U);
      EXPECT_TRUE(seen.insert(id).second);
      EXPECT_EQ(ids_.number(what, id), number);
    }
    EXPECT_EQ(ids_.number(What::visitor, ids_.number_id(What::session, number)), std::nullopt);
    EXPECT_EQ(others_.number(What::session, ids_.number_id(What::session, number)), std::nullopt);
  }
  for (const char* text : {"", "AAAAAAAAAA", "AAAAAAAAAAA", "AAAAAAAAAAAA", "AAAA AAAAAA", "AAAAAAAAAA="}) {
    EXPECT_EQ(ids_.number(What::session, text), std::nullopt) << text;
  }
}

TEST(TimeOfUuid, IsKnownOfVersionSevenAlone) {
  EXPECT_EQ(time_of_uuid("019a9f1e-5aa0-7c3d-8f00-0123456789ab"), instant_of(0x019a9f1e5aa0));
  EXPECT_EQ(time_of_uuid("FFFFFFFF-FFFF-7FFF-BFFF-FFFFFFFFFFFF"), instant_of(0xFFFFFFFFFFFF));
  for (const char* text : {"", "019a9f1e-5aa0-4c3d-8f00-0123456789ab", "019a9f1e-5aa0-7c3d-0f00-0123456789ab",
                           "019a9f1e-5aa0-7c3d-8f00-0123456789a"}) {
    EXPECT_EQ(time_of_uuid(text), std::nullopt) << text;
  }
}

TEST(CanonicalUuid, IsLowerCaseOfAnyVersion) {
  EXPECT_EQ(canonical_uuid("01939E2A-7C1D-4B3A-9F00-0123456789AB"), "01939e2a-7c1d-4b3a-9f00-0123456789ab");
  EXPECT_EQ(canonical_uuid("00000000-0000-0000-0000-000000000000"), "00000000-0000-0000-0000-000000000000");
  for (const char* text : {"", "01939e2a7c1d4b3a9f000123456789ab", "01939e2a-7c1d-4b3a-9f00-0123456789a",
                           "01939e2a-7c1d-4b3a-9f00-0123456789abc", "01939e2a-7c1d-4b3a-9f00_0123456789ab",
                           "01939e2a-7c1d-4b3a-9f00-0123456789ag", "{1939e2a-7c1d-4b3a-9f00-0123456789ab}"}) {
    EXPECT_EQ(canonical_uuid(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace footfall
