// DELETE /api/visits and POST /api/prune: what goes, what stays, and who may ask.

#include "app/api/api_world.h"

namespace footfall {
namespace {

class EraseRoutesTest : public ApiWorld {
 protected:
  EraseRoutesTest() {
    for (const char* path : {"/a", "/b", "/a"}) {
      EXPECT_EQ(post("/api/visits", R"({"site":"example.com","path":")" + std::string(path) + "\"}").status, 202);
    }
    peer = *Address::parse("198.51.100.7");
    post("/api/visits", R"({"site":"example.com","path":"/a"})");
    post("/api/visits", R"({"site":"example.org","path":"/a"})");
    processor.start();
    as(admin);
  }
  ~EraseRoutesTest() override { EXPECT_TRUE(processor.stop()); }

  std::int64_t number(const Answer& answer, std::string_view member) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    const json::object object = answer.json();
    const json::value* value = object.if_contains(member);
    return value == nullptr ? -1 : value->to_number<std::int64_t>();
  }
  Answer erase(const std::string& parameters) { return send(Method::del, "/api/visits?" + parameters); }
  std::vector<std::string> left() {
    std::vector<std::string> left;
    for (const StoredVisit& visit : store.visits()) left.push_back(visit.site + visit.path + " " + visit.ip);
    return left;
  }
  std::uint64_t counter(const char* key) { return collector->counter("example.com", key)->value; }
};

TEST_F(EraseRoutesTest, TellsHowManyItWouldBeAndErasesNothing) {
  EXPECT_EQ(number(erase("site=example.com&ip=203.0.113.9&preview=true"), "visits"), 3);
  EXPECT_EQ(number(erase("site=example.com&path=/a&preview=true"), "visits"), 3);
  EXPECT_EQ(left().size(), 5U);
}

TEST_F(EraseRoutesTest, ErasesByAddressAndCountersKeepTheirNumbers) {
  EXPECT_EQ(number(erase("site=example.com&ip=203.0.113.9"), "deleted"), 3);
  EXPECT_EQ(left(), (std::vector<std::string>{"example.com/a 198.51.100.7", "example.org/a 198.51.100.7"}));
  EXPECT_EQ(counter("/a"), 3U);
  EXPECT_EQ(counter("TOTAL"), 4U);
  EXPECT_EQ(number(erase("site=example.com&ip=203.0.113.9"), "deleted"), 0);
}

TEST_F(EraseRoutesTest, ErasesByWhatRowsShowOfSessionAndVisitor) {
  for (const char* column : {"session", "visitor"}) {
    SCOPED_TRACE(column);
    const Answer rows = get("/api/visits?site=example.com&order=asc&fresh=true");
    const json::array visits = rows.json().at("visits").as_array();
    ASSERT_FALSE(visits.empty());
    const std::string id(visits.back().at(column).as_string());
    std::int64_t of_id = 0;
    for (const json::value& visit : visits) of_id += visit.at(column).as_string() == id ? 1 : 0;
    EXPECT_EQ(number(erase("site=example.com&" + std::string(column) + "=" + id), "deleted"), of_id);
    EXPECT_EQ(number(erase("site=example.com&" + std::string(column) + "=" + id + "&preview=true"), "visits"), 0);
  }
}

TEST_F(EraseRoutesTest, NothingOfItIsLeftInTheJournal) {
  ASSERT_EQ(number(erase("site=example.com&ip=203.0.113.9"), "deleted"), 3);
  for (const Record& record : recorded()) {
    EXPECT_FALSE(std::holds_alternative<Hit>(record));
    EXPECT_FALSE(std::holds_alternative<Erasure>(record)) << "it names the address";
  }
  EXPECT_GE(journal.first(), processor.erased_below());
  as_stranger();
  EXPECT_EQ(post("/api/visits", R"({"site":"example.com","path":"/new"})").status, 202);
  EXPECT_TRUE(std::holds_alternative<Hit>(recorded().back())) << "and collecting goes on";
}

TEST_F(EraseRoutesTest, FindsAnAddressThatIsKeptHashed) {
  Site site;
  site.name = "example.com";
  site.address = KeptAddress::hashed;
  ASSERT_TRUE(registry->put_site(site));
  ASSERT_TRUE(processor.wait_until_stored(journal.durable(), std::chrono::seconds(20)));
  peer = *Address::parse("192.0.2.1");
  as_stranger();
  post("/api/visits", R"({"site":"example.com","path":"/hashed"})");
  as(admin);
  const Answer found = get("/api/visits?site=example.com&ip=192.0.2.1&fresh=true");
  const json::array rows = found.json().at("visits").as_array();
  ASSERT_EQ(rows.size(), 1U) << found.body;
  const std::string shown(rows[0].at("ip").as_string());
  EXPECT_TRUE(shown.starts_with("hashed:")) << shown;
  EXPECT_EQ(get("/api/visits?site=example.com&ip=" + shown).json().at("visits").as_array().size(), 1U);
  EXPECT_EQ(number(erase("site=example.com&ip=192.0.2.1"), "deleted"), 1);
}

TEST_F(EraseRoutesTest, RefusesWhatWouldEraseMoreThanWasMeant) {
  struct Row {
    const char* because;
    const char* parameters;
    const char* field;
  };
  for (const Row& row : {Row{"no filter", "site=example.com", "site"},
                         Row{"a filter that is not there", "site=example.com&path=/a&pth=/b", "pth"},
                         Row{"a filter that is empty", "site=example.com&path=/a&ip=", "ip"},
                         Row{"a filter without a value", "site=example.com&path=/a&event", "event"},
                         Row{"one filter twice", "site=example.com&path=/a&path=/b", "path"},
                         Row{"no address", "site=example.com&ip=203.0.113", "ip"},
                         Row{"a time that is none", "site=example.com&from=yesterday", "from"},
                         Row{"an end before the beginning", "site=example.com&from=2026-01-02&to=2026-01-01", "to"},
                         Row{"a preview that may be meant", "site=example.com&path=/a&preview=yes", "preview"}}) {
    SCOPED_TRACE(row.because);
    const Answer answer = erase(row.parameters);
    EXPECT_EQ(answer.status, 400) << answer.body;
    EXPECT_EQ(answer.field(), row.field);
  }
  EXPECT_EQ(erase("site=nowhere.example&path=/a").status, 404);
  EXPECT_EQ(counter("TOTAL"), 4U);
  ASSERT_TRUE(processor.wait_until_stored(journal.durable(), std::chrono::seconds(20)));
  EXPECT_EQ(left().size(), 5U);
}

TEST_F(EraseRoutesTest, IsForAdminsOfTheSiteAlone) {
  for (const std::string& token : {read, ingest}) {
    as(token);
    EXPECT_EQ(erase("site=example.com&path=/a").status, 403);
    EXPECT_EQ(post("/api/prune", "").status, 403);
  }
  as(this->token(Role::admin, {"example.org"}));
  EXPECT_EQ(erase("site=example.com&path=/a").status, 404);
  EXPECT_EQ(post("/api/prune?site=example.com", "").status, 404);
  EXPECT_EQ(number(erase("site=example.org&path=/a"), "deleted"), 1);
  EXPECT_EQ(left().size(), 4U);
}

TEST_F(EraseRoutesTest, IsRefusedBeforeItIsRecordedWhenThereIsNoRoom) {
  store.refuse_erasing(true);
  const Answer answer = erase("site=example.com&path=/a");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.code(), "unavailable");
  for (const Record& record : recorded()) EXPECT_FALSE(std::holds_alternative<Erasure>(record));
}

TEST_F(EraseRoutesTest, PrunesBySiteAndTellsHowMuch) {
  Site site;
  site.name = "example.com";
  site.address_days = 1;
  ASSERT_TRUE(registry->put_site(site));
  ASSERT_TRUE(processor.wait_until_stored(journal.durable(), std::chrono::seconds(20)));
  clock.advance(std::chrono::hours(72));
  for (const char* target : {"/api/prune?dry_run=true&site=example.com", "/api/prune?site=example.com"}) {
    const Answer answer = post(target, "");
    ASSERT_EQ(answer.status, 200) << answer.body;
    const json::array sites = answer.json().at("sites").as_array();
    ASSERT_EQ(sites.size(), 1U);
    EXPECT_EQ(sites[0].at("addresses").to_number<int>(), 4);
    EXPECT_EQ(sites[0].at("visits").to_number<int>(), 0);
  }
  EXPECT_EQ(post("/api/prune", "").json().at("sites").as_array().size(), 2U);
  for (const StoredVisit& visit : store.visits()) EXPECT_EQ(visit.ip.empty(), visit.site == "example.com");
  EXPECT_EQ(post("/api/prune?dryrun=true", "").status, 400);
}

}  // namespace
}  // namespace footfall
