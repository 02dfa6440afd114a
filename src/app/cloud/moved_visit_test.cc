#include "app/cloud/moved_visit.h"

#include "app/api/visit_text.h"
#include "app/cloud/cloud_world.h"

namespace footfall {
namespace {

VisitRow full_row() {
  VisitRow row;
  row.position = 7;
  row.id = "0193a5f0-0000-7000-8000-000000000001";
  row.time = *parse_time("2026-11-21T09:03:00.123Z");
  row.site = "example.com";
  row.path = "/a b";
  row.query = "q=1&ü";
  row.title = "Título";
  row.session = "abcdefghijk";
  row.visitor = "visitor1234";
  row.ip = "2001:db8::1";
  row.user_agent = "Firefox";
  row.referrer = "https://example.net/";
  row.event = "signup";
  row.kind = Kind::event;
  row.source = Source::script;
  row.props = R"({"plan":"pro"})";
  return row;
}

TEST(MovedVisit, GoesIntoTheTableAndComesBackAsItWas) {
  const FakeCrypto crypto;
  const VisitRow row = full_row();
  MovedVisit moved;
  const auto read = moved.read(to_json(row), crypto);
  ASSERT_TRUE(read) << read.error().what;
  const auto back = row_of(item_of(moved.visit(), {}, crypto));
  ASSERT_TRUE(back);
  EXPECT_EQ(json::serialize(to_body(*back)), json::serialize(to_body(row)));
  EXPECT_EQ(back->source, Source::script);
}

TEST(MovedVisit, HasTheSameNumberWheneverItIsMoved) {
  const FakeCrypto crypto;
  MovedVisit one, two, other;
  ASSERT_TRUE(one.read(to_json(full_row()), crypto));
  ASSERT_TRUE(two.read(to_json(full_row()), crypto));
  VisitRow different = full_row();
  different.id.back() = '2';
  ASSERT_TRUE(other.read(to_json(different), crypto));
  EXPECT_EQ(one.visit().number, two.visit().number);
  EXPECT_NE(one.visit().number, other.visit().number);
  EXPECT_LT(one.visit().number, Position{1} << 62U);
}

TEST(MovedVisit, ARowThatIsNoneIsRefusedWithItsField) {
  const FakeCrypto crypto;
  for (const char* field : {"site", "path", "id", "session", "time", "kind", "source"}) {
    SCOPED_TRACE(field);
    for (const json::value& instead : {json::value(nullptr), json::value(7)}) {
      json::object row = to_json(full_row());
      row[field] = instead;
      MovedVisit moved;
      const auto read = moved.read(row, crypto);
      ASSERT_FALSE(read);
      EXPECT_EQ(read.error().field, field);
    }
  }
}

TEST(MovedVisit, WithoutAnAddressItIsNobodys) {
  const FakeCrypto crypto;
  VisitRow row = full_row();
  row.ip.clear();
  MovedVisit moved;
  ASSERT_TRUE(moved.read(to_json(row), crypto));
  EXPECT_TRUE(moved.visit().address.is_none());
  EXPECT_EQ(item_of(moved.visit(), {}, crypto).text("g1"), "example.com#-");
}

}  // namespace
}  // namespace footfall
