// POST /api/import: blocks of log lines over HTTP.
#include "app/api/api_world.h"
#include "domain/limits.h"

namespace footfall {
namespace {

class ImportRoute : public ApiWorld {
 protected:
  void SetUp() override { as(admin); }
  static std::string line(const char* target, int status = 200) {
    return std::string("203.0.113.9 - - [17/May/2015:10:05:03 +0000] \"GET ") + target + " HTTP/1.1\" " +
           std::to_string(status) + " 10 \"-\" \"Firefox\"\n";
  }
  Answer import(const std::string& lines, const std::string& more = "") {
    return post("/api/import?site=example.com" + more, lines);
  }
};

TEST_F(ImportRoute, TellsWhatBecameOfTheLines) {
  const Answer answer = import(line("/a") + line("/style.css") + line("/b", 404) + "damaged\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.after, 1U) << "hits and mark are on disk before the answer";
  const json::object body = answer.json();
  EXPECT_EQ(body.at("lines"), 4);
  EXPECT_EQ(body.at("recorded"), 1);
  EXPECT_EQ(body.at("malformed"), 1);
  EXPECT_EQ(body.at("repeated"), 0);
  EXPECT_EQ(json::serialize(body.at("left_out")), R"({"method":0,"status":1,"asset":1,"other_site":0,"future":0})");
  EXPECT_EQ(body.at("chain_lines"), "4");
}

TEST_F(ImportRoute, GoesOnFromTheChainThatItGave) {
  const Answer first = import(line("/a"));
  const auto next = "&chain=" + first.text("chain") + "&lines=" + first.text("chain_lines");
  EXPECT_EQ(import(line("/b"), next).json().at("recorded"), 1);
  process();
  const Answer again = import(line("/a"));
  EXPECT_EQ(again.json().at("repeated"), 1);
  EXPECT_EQ(again.text("chain"), first.text("chain"));
  EXPECT_EQ(import(line("/b"), next).json().at("repeated"), 1);
  process();
  EXPECT_EQ(store.visits().size(), 2U);
}

TEST_F(ImportRoute, TakesTheFormatThatIsNamed) {
  EXPECT_EQ(import(line("/a"), "&format=common").json().at("recorded"), 1);
  process();
  EXPECT_EQ(import(line("/b"), "&format=combined-with-host").json().at("malformed"), 1);
}

TEST_F(ImportRoute, RefusesWhatIsWrongAndNamesTheParameter) {
  EXPECT_EQ(import("", "&format=apache").field(), "format");
  EXPECT_EQ(import("", "&chain=x").field(), "chain");
  EXPECT_EQ(import("", "&lines=-1").field(), "lines");
  EXPECT_EQ(post("/api/import?site=stranger.example", "").status, 404);
  EXPECT_EQ(post("/api/import", "").field(), "site");
  EXPECT_EQ(import(std::string(api_body_bytes_max + 1, 'x')).status, 413);
}

TEST_F(ImportRoute, AsksForTheBlockAgainWhenThereIsNoRoom) {
  journal.refuse(JournalRefusal::backlog);
  EXPECT_EQ(import(line("/a")).status, 503);
  journal.refuse(JournalRefusal::none);
  EXPECT_EQ(import(line("/a")).json().at("recorded"), 1);
}

TEST_F(ImportRoute, OpensToAnAdminOfTheSite) {
  as(token(Role::admin, {"example.com"}));
  EXPECT_EQ(import(line("/a")).status, 200);
  as(token(Role::admin, {"example.org"}));
  EXPECT_EQ(import(line("/a")).status, 404);
}

}  // namespace
}  // namespace footfall
