// What every VisitStore does, as ports/visit_store.h promises it: one suite for the fake and for every real one.
//
// A test program includes this once and says which stores it is for:
//   INSTANTIATE_TEST_SUITE_P(Memory, StoreContract, testing::Values(&make_memory_store));
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "testing/batch_maker.h"
#include "testing/memory_store.h"

namespace footfall {

// A store, and what the tests see of it besides its port.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  virtual VisitStore& store() = 0;
  // In the order of their positions.
  virtual std::vector<StoredVisit> visits() = 0;
  // The quarantine, likewise.
  virtual std::vector<DroppedRow> dropped() = 0;
  // Ends it and opens it again on what it left. Where nothing outlives the store, it stays open.
  virtual void restart() = 0;
};

class StoreContract : public testing::TestWithParam<std::unique_ptr<StoreUnderTest> (*)()> {
 protected:
  VisitStore& store() { return under_test_->store(); }

  Position offset() {
    const auto offset = store().offset();
    EXPECT_TRUE(offset) << offset.error().what;
    return offset.value_or(~Position{0});
  }
  void commit(BatchMaker& maker) {
    const auto committed = store().commit(maker.batch());
    ASSERT_TRUE(committed) << committed.error().what;
  }
  // Page views of the paths, in one batch.
  void commit_views(const std::vector<std::string>& paths) {
    BatchMaker maker(offset());
    for (const std::string& path : paths) maker.hit(path);
    commit(maker);
  }
  std::vector<std::string> stored_paths() {
    std::vector<std::string> paths;
    for (const StoredVisit& visit : under_test_->visits()) paths.push_back(visit.path);
    return paths;
  }
  std::vector<StoredVisit> visits() { return under_test_->visits(); }
  std::vector<std::string> dropped_paths() {
    std::vector<std::string> paths;
    for (const DroppedRow& row : under_test_->dropped()) paths.push_back(row.path);
    return paths;
  }
  std::vector<DroppedRow> dropped() { return under_test_->dropped(); }
  void restart() { under_test_->restart(); }
  // A store that has never held anything.
  void begin_anew() { under_test_ = GetParam()(); }

  using Total = std::tuple<std::string, std::string, std::uint64_t>;
  static std::vector<Total> sorted(const std::vector<CounterValue>& values) {
    std::vector<Total> totals;
    for (const CounterValue& value : values) totals.emplace_back(value.site, value.key, value.value);
    std::sort(totals.begin(), totals.end());
    return totals;
  }

 private:
  std::unique_ptr<StoreUnderTest> under_test_ = GetParam()();
};

// --- The quarantine ---

TEST_P(StoreContract, KeepsADroppedHitApartWithAllThatItSaid) {
  BatchMaker maker(0);
  maker.hit("/counted");
  DroppedHit& kept = maker.dropped("/dropped", DropReason::bad_token);
  kept.rules = 0xDEADBEEF;
  Hit& hit = kept.hit.hit;
  hit.query = "q=1";
  hit.title = "Title";
  hit.referrer = "https://evil.example/";
  hit.event = "signup";
  hit.kind = Kind::event;
  hit.source = Source::pixel;
  hit.interactive = false;
  hit.mark = Mark::no_origin;
  hit.ip = *Address::parse("2001:db8::1");
  hit.user_agent = "Mozilla/5.0";
  hit.session = "s-1";
  hit.visitor = "v-1";
  hit.props = R"({"plan":"gold"})";
  hit.id = "01939e2a-7c1d-7b3a-9f00-0123456789ab";
  kept.hit.address = StoredAddress(hit.ip);
  const DroppedRow expected = stored(kept);
  commit(maker);
  restart();
  ASSERT_EQ(dropped().size(), 1U);
  EXPECT_EQ(dropped()[0], expected);
  EXPECT_EQ(stored_paths(), std::vector<std::string>{"/counted"});
  const auto totals = store().counter_totals();
  ASSERT_TRUE(totals);
  EXPECT_EQ(sorted(totals->paths), (std::vector<Total>{{"example.com", "/counted", 1}}));
}

TEST_P(StoreContract, AReadmittedHitLeavesTheQuarantineAsItBecomesAVisit) {
  BatchMaker first(0);
  first.dropped("/a");
  first.dropped("/b");
  first.dropped("/c");
  commit(first);
  BatchMaker second(offset());
  second.readmitted(1, "/b");
  commit(second);
  EXPECT_EQ(dropped_paths(), (std::vector<std::string>{"/a", "/c"}));
  EXPECT_EQ(stored_paths(), std::vector<std::string>{"/b"});
  restart();
  EXPECT_EQ(dropped_paths(), (std::vector<std::string>{"/a", "/c"}));
}

TEST_P(StoreContract, AHitDroppedAndReadmittedInOneBatchIsAVisit) {
  BatchMaker maker(0);
  maker.dropped("/a");
  maker.readmitted(0, "/a");
  commit(maker);
  EXPECT_TRUE(dropped().empty());
  EXPECT_EQ(stored_paths(), std::vector<std::string>{"/a"});
}

TEST_P(StoreContract, ARefusedBatchReadmitsNothing) {
  BatchMaker first(0);
  first.dropped("/a");
  commit(first);
  BatchMaker second(offset() + 1);
  second.readmitted(0, "/a");
  EXPECT_FALSE(store().commit(second.batch()));
  EXPECT_EQ(dropped_paths(), std::vector<std::string>{"/a"});
}

TEST_P(StoreContract, CountsTheQuarantineByDayAndLetsOldHitsGo) {
  const Instant day = instant_of(1'780'012'800'000);  // a midnight
  BatchMaker maker(0);
  for (const auto& [path, hours] : {std::pair("/a", -1), std::pair("/b", 0), std::pair("/c", 23)}) {
    maker.dropped(path).hit.hit.time = day + std::chrono::hours(hours);
  }
  commit(maker);
  const auto days = [&] {
    std::vector<std::pair<Day, std::uint64_t>> counted;
    const auto totals = store().counter_totals();
    EXPECT_TRUE(totals);
    for (const DroppedDay& one : totals->dropped) counted.emplace_back(one.day, one.hits);
    std::sort(counted.begin(), counted.end());
    return counted;
  };
  const Day second = day_of(day);
  EXPECT_EQ(days(), (std::vector<std::pair<Day, std::uint64_t>>{{second - std::chrono::days(1), 1}, {second, 2}}));
  const auto none = store().forget_dropped(day - std::chrono::hours(2));
  ASSERT_TRUE(none) << none.error().what;
  EXPECT_EQ(*none, 0U);
  EXPECT_EQ(*store().forget_dropped(day), 1U);
  EXPECT_EQ(dropped_paths(), (std::vector<std::string>{"/b", "/c"}));
  EXPECT_EQ(days(), (std::vector<std::pair<Day, std::uint64_t>>{{second, 2}}));
}

// --- Exactly once ---

TEST_P(StoreContract, ANewStoreIsEmptyAndAtTheBeginning) {
  EXPECT_EQ(offset(), 0U);
  EXPECT_TRUE(visits().empty());
  const auto totals = store().counter_totals();
  ASSERT_TRUE(totals) << totals.error().what;
  EXPECT_TRUE(totals->paths.empty());
  EXPECT_TRUE(totals->named.empty());
}

TEST_P(StoreContract, RowsAndOffsetChangeTogether) {
  commit_views({"/a", "/b"});
  EXPECT_EQ(offset(), 2U);
  commit_views({"/c"});
  EXPECT_EQ(offset(), 3U);
  EXPECT_EQ(stored_paths(), (std::vector<std::string>{"/a", "/b", "/c"}));
}

TEST_P(StoreContract, ABatchThatDoesNotBeginAtTheOffsetIsRefusedWhole) {
  commit_views({"/a", "/b"});
  for (const Position from : {Position{0}, Position{1}, Position{3}}) {
    BatchMaker maker(from);
    maker.hit("/again");
    maker.increment("again", 1);
    maker.import_mark("example.com", "0123456789abcdef");
    const auto refused = store().commit(maker.batch());
    ASSERT_FALSE(refused) << from;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid);
  }
  EXPECT_EQ(offset(), 2U);
  EXPECT_FALSE(*store().has_import("example.com", "0123456789abcdef"));
  commit_views({"/again", "/c"});
  EXPECT_EQ(stored_paths(), (std::vector<std::string>{"/a", "/b", "/again", "/c"}));
  EXPECT_TRUE(store().counter_totals()->named.empty());
}

TEST_P(StoreContract, ACompletionTellsMoreAboutAHitThatIsThere) {
  commit_views({"/a", "/b", "/c"});
  BatchMaker maker(offset());
  maker.hit("/d").hit.title = "as it was";
  maker.completion(1, "Told later", R"({"plan":"gold"})");
  maker.completion(2, "", R"({"plan":"tin"})");
  maker.completion(999, "of no hit");
  commit(maker);
  EXPECT_EQ(offset(), 7U);
  restart();
  const auto stored = visits();
  ASSERT_EQ(stored.size(), 4U);
  EXPECT_EQ(stored[0].title, "");
  EXPECT_EQ(stored[1].title, "Told later");
  EXPECT_EQ(stored[1].props, R"({"plan":"gold"})");
  EXPECT_EQ(stored[2].title, "");
  EXPECT_EQ(stored[2].props, R"({"plan":"tin"})");
  EXPECT_EQ(stored[3].title, "as it was");
  BatchMaker more(offset());
  more.completion(1, "Told again");
  more.completion(3, "Told at last");
  commit(more);
  EXPECT_EQ(visits()[1].title, "Told again");
  EXPECT_EQ(visits()[1].props, R"({"plan":"gold"})") << "what is not told stays";
  EXPECT_EQ(visits()[3].title, "Told at last");
}

TEST_P(StoreContract, RecordsThatAreNoRowsMoveTheOffsetToo) {
  StoreBatch nothing{};
  nothing.to = 5;
  ASSERT_TRUE(store().commit(nothing));
  EXPECT_EQ(offset(), 5U);
  nothing.from = 5;
  ASSERT_TRUE(store().commit(nothing));
  EXPECT_EQ(offset(), 5U);
  commit_views({"/a"});
  EXPECT_EQ(visits().at(0).position, 5U);
}

TEST_P(StoreContract, WhatIsCommittedOutlivesTheStore) {
  commit_views({"/a", "/b"});
  restart();
  EXPECT_EQ(offset(), 2U);
  commit_views({"/a", "/c"});
  const auto checkpointed = store().checkpoint();
  ASSERT_TRUE(checkpointed) << checkpointed.error().what;
  EXPECT_EQ(*checkpointed, 4U);
  restart();
  commit_views({"/c", "/d"});
  restart();
  EXPECT_EQ(offset(), 6U);
  EXPECT_EQ(stored_paths(), (std::vector<std::string>{"/a", "/b", "/a", "/c", "/c", "/d"}));
}

TEST_P(StoreContract, ReopeningKeepsEverythingAndIsCounted) {
  commit_views({"/a"});
  const auto reopened = store().reopen();
  ASSERT_TRUE(reopened) << reopened.error().what;
  EXPECT_EQ(store().health().reopens, 1U);
  EXPECT_EQ(offset(), 1U);
  commit_views({"/a", "/b"});
  EXPECT_EQ(stored_paths(), (std::vector<std::string>{"/a", "/a", "/b"}));
}

// --- Rows ---

TEST_P(StoreContract, GivesBackEveryFieldOfAHit) {
  const Place place{"DE", "Berlin", "Berlin"};
  const UserAgentFacts facts{"Firefox", "145.0", "Linux", "6", "desktop", "crawler: Testbot"};
  const ReferrerFacts referrer{"Hacker News", "social"};
  Campaign campaign;
  campaign.source = "letter";
  campaign.medium = "email";
  campaign.campaign = "spring";
  campaign.content = "button";
  campaign.term = "shoes";
  BatchMaker maker(0);
  EnrichedHit& made = maker.hit("/about");
  made.visitor = 17;
  made.session = 4'000'000'000;
  made.place = &place;
  made.user_agent = &facts;
  made.referrer = &referrer;
  made.campaign = &campaign;
  made.channel = Channel::cross_network;
  Hit& hit = made.hit;
  hit.time = instant_of(1'780'000'123'456);
  hit.site = "shop.example.com";
  hit.query = "utm_source=letter";
  hit.title = "About us";
  hit.referrer = "https://news.example.net/item?id=1";
  hit.event = "signup";
  hit.kind = Kind::event;
  hit.source = Source::api;
  hit.interactive = false;
  hit.mark = Mark::no_origin;
  hit.ip = *Address::parse("2001:db8::42");
  hit.user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
  hit.props = R"({"plan":"pro"})";
  hit.id = "0193a5b8-7c1e-7d3f-8a2b-1c0ffee15bad";
  commit(maker);
  restart();
  EXPECT_EQ(visits(), maker.expected());
}

TEST_P(StoreContract, GivesBackEveryKindSourceAndChannel) {
  BatchMaker maker(0);
  for (std::uint8_t i = 0; i < channels_count; ++i) {
    EnrichedHit& made = maker.hit();
    made.channel = static_cast<Channel>(i);
    made.hit.kind = static_cast<Kind>(i % 6);
    made.hit.source = static_cast<Source>(i % 5);
  }
  commit(maker);
  EXPECT_EQ(visits(), maker.expected());
}

TEST_P(StoreContract, GivesBackTextsAsTheyWere) {
  const std::vector<std::string> texts{
      "",
      "/",
      "/a'b\"c`d;--",
      "'); DROP TABLE visits; --",
      "/%00/%27/%2e%2e",
      "/\\x00\\n\\\\",
      "/tab\tline\nreturn\r",
      "/Ünïcödé/日本語/🦶",
      "/\xCC\x88 combining, \xE2\x80\xAE right to left",
      "<script>alert(1)</script>",
      "=cmd|' /C calc'!A0",
      "NULL",
      std::string(2'000, 'x'),
      "/" + std::string(1'998, 'y') + "!",
      "/12 bytes ..",
      "/13 bytes ...",
      "/trailing space ",
  };
  BatchMaker maker(0);
  std::deque<Campaign> campaigns;
  std::deque<ReferrerFacts> referrers;
  std::deque<UserAgentFacts> facts;
  std::deque<Place> places;
  for (const std::string& text : texts) {
    EnrichedHit& made = maker.hit(text);
    made.hit.query = text;
    made.hit.title = text;
    made.hit.referrer = text;
    made.hit.event = text;
    made.hit.props = text;
    made.hit.user_agent = text;
    // Facts belong to their text: the empty text has none.
    if (!text.empty()) {
      made.hit.ip = Address::v4(static_cast<std::uint32_t>(0x0A000000U + text.size()));
      made.user_agent = &facts.emplace_back(UserAgentFacts{text, text, text, text, text, text});
      made.place =
          &places.emplace_back(Place{"", "r" + std::to_string(text.size()), "c" + std::to_string(text.size())});
      made.referrer = &referrers.emplace_back(ReferrerFacts{text, text});
      Campaign& campaign = campaigns.emplace_back();
      campaign.source = campaign.medium = campaign.campaign = campaign.content = campaign.term = text;
      made.campaign = &campaign;
    }
  }
  commit(maker);
  EXPECT_EQ(visits(), maker.expected());
  restart();
  EXPECT_EQ(visits(), maker.expected());
}

TEST_P(StoreContract, OneTextMayStandForDifferentThings) {
  // The same words as path, title and event; the same referrer with another source; parts that join to the same text.
  const ReferrerFacts here{"", ""};
  const ReferrerFacts there{"Elsewhere", "referral"};
  Campaign left;
  left.source = "a";
  left.medium = "bc";
  Campaign right;
  right.source = "ab";
  right.medium = "c";
  BatchMaker maker(0);
  for (int round = 0; round < 2; ++round) {
    for (const ReferrerFacts* facts : {&here, &there}) {
      for (const Campaign* campaign : {&left, &right}) {
        EnrichedHit& made = maker.hit("same");
        made.hit.title = "same";
        made.hit.event = "same";
        made.hit.referrer = "same";
        made.referrer = facts;
        made.campaign = campaign;
      }
    }
  }
  commit(maker);
  EXPECT_EQ(visits(), maker.expected());
}

TEST_P(StoreContract, KeepsAddressesOfBothKinds) {
  BatchMaker maker(0);
  for (const char* address : {"203.0.113.9", "::1", "2001:db8::1", "255.255.255.255", "0.0.0.1", "127.0.0.1",
                              "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "203.0.113.9"}) {
    maker.hit().hit.ip = *Address::parse(address);
  }
  maker.hit();
  commit(maker);
  EXPECT_EQ(visits(), maker.expected());
}

TEST_P(StoreContract, TakesBatchesOfAnySize) {
  std::size_t expected = 0;
  for (const std::size_t size : {1U, 127U, 128U, 129U, 2'047U, 2'048U, 2'049U, 4'096U, 10'000U, 1U}) {
    BatchMaker maker(offset());
    std::deque<std::string> paths;
    for (std::size_t i = 0; i < size; ++i) maker.hit(paths.emplace_back("/" + std::to_string((expected + i) % 7'919)));
    commit(maker);
    expected += size;
  }
  const auto rows = visits();
  ASSERT_EQ(rows.size(), expected);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ASSERT_EQ(rows[i].position, i);
    ASSERT_EQ(rows[i].path, "/" + std::to_string(i % 7'919));
  }
}

// --- What the processor goes on from ---

TEST_P(StoreContract, NumbersGoOnAfterTheHighest) {
  const auto before = store().processor_state(Day(), Instant());
  ASSERT_TRUE(before) << before.error().what;
  EXPECT_EQ(before->next_visitor, 1U);
  EXPECT_EQ(before->next_session, 1U);
  BatchMaker maker(0);
  maker.hit().session = 40;
  maker.hit().session = 7;
  maker.visitor({8, "example.com", day_of(instant_of(0)), 88, {}});
  maker.visitor({9, "example.com", day_of(instant_of(0)), 99, {}});
  commit(maker);
  restart();
  const auto after = store().processor_state(Day(), Instant());
  ASSERT_TRUE(after) << after.error().what;
  EXPECT_EQ(after->next_visitor, 10U);
  EXPECT_EQ(after->next_session, 41U);
}

TEST_P(StoreContract, TellsTheVisitorsOfTheDaysAskedFor) {
  const Day today = *parse_date("2026-11-21");
  const std::string key = "O'Brien; 日本";
  BatchMaker maker(0);
  maker.hit();
  maker.visitor({1, "example.com", today - std::chrono::days(2), 11, {}});
  maker.visitor({2, "example.com", today - std::chrono::days(1), ~std::uint64_t{0}, {}});
  maker.visitor({3, "shop.example.com", today, 33, key});
  commit(maker);
  restart();
  const auto state = store().processor_state(today - std::chrono::days(1), Instant());
  ASSERT_TRUE(state) << state.error().what;
  ASSERT_EQ(state->visitors.size(), 2U);
  const auto& plain = state->visitors[0];
  EXPECT_EQ(std::tie(plain.number, plain.site, plain.key), std::tuple(2U, "example.com", ""));
  EXPECT_EQ(plain.day, today - std::chrono::days(1));
  EXPECT_EQ(plain.hash, ~std::uint64_t{0});
  const auto& given = state->visitors[1];
  EXPECT_EQ(std::tie(given.number, given.site, given.key), std::tuple(3U, "shop.example.com", key));
  EXPECT_EQ(given.hash, 33U);
}

TEST_P(StoreContract, TellsTheSessionsThatMayGoOn) {
  const Instant noon = *parse_time("2026-11-21T12:00:00Z");
  const auto at = [&](int minutes) { return noon + std::chrono::minutes(minutes); };
  BatchMaker maker(0);
  const auto add = [&](EnrichedHit& hit, SessionNumber session, VisitorNumber visitor, Instant time) {
    hit.session = session;
    hit.visitor = visitor;
    hit.hit.time = time;
  };
  add(maker.hit("/long ago"), 1, 1, at(-300));
  add(maker.hit("/a"), 2, 5, at(-100));
  add(maker.hit("/b"), 2, 5, at(-50));
  add(maker.hit("/a"), 2, 5, at(-10));
  add(maker.event("signup", "/only an event"), 2, 5, at(-5));
  add(maker.hit("/c"), 3, 6, at(-40));
  add(maker.hit("/exactly"), 4, 7, at(-30));
  maker.session({4, "given session"});
  commit(maker);
  restart();
  const auto state = store().processor_state(Day(), at(-30));
  ASSERT_TRUE(state) << state.error().what;
  ASSERT_EQ(state->sessions.size(), 2U);
  const auto& running = state->sessions[0];
  EXPECT_EQ(std::tie(running.number, running.visitor, running.key), std::tuple(2U, 5U, ""));
  EXPECT_EQ(running.started, at(-100));
  EXPECT_EQ(running.last, at(-5));
  ASSERT_EQ(running.views.size(), 2U);
  EXPECT_EQ(std::tie(running.views[0].path, running.views[0].position), std::tuple("/b", 2U));
  EXPECT_EQ(std::tie(running.views[1].path, running.views[1].position), std::tuple("/a", 3U));
  const auto& given = state->sessions[1];
  EXPECT_EQ(std::tie(given.number, given.key), std::tuple(4U, "given session"));
}

// --- Counters and imports ---

TEST_P(StoreContract, CountsPageViewsBySiteAndPath) {
  BatchMaker maker(0);
  maker.hit("/a");
  maker.hit("/b").hit.kind = Kind::restored;
  maker.hit("/a").hit.kind = Kind::cached;
  maker.hit("/a").hit.site = "shop.example.com";
  maker.event("signup", "/a");
  commit(maker);
  commit_views({"/a"});
  restart();
  const auto totals = store().counter_totals();
  ASSERT_TRUE(totals) << totals.error().what;
  EXPECT_EQ(totals->position, 6U);
  EXPECT_EQ(sorted(totals->paths),
            (std::vector<Total>{{"example.com", "/a", 3}, {"example.com", "/b", 1}, {"shop.example.com", "/a", 1}}));
}

TEST_P(StoreContract, AddsUpIncrementsByKey) {
  BatchMaker maker(0);
  maker.increment("TOTAL", 1);
  maker.increment("TOTAL", 9'007'199'254'740'990ULL);
  maker.increment("https://example.com/a?b=c", 3);
  maker.increment("TOTAL", 5, "shop.example.com");
  commit(maker);
  BatchMaker more(offset());
  more.increment("https://example.com/a?b=c", 4);
  commit(more);
  restart();
  const auto totals = store().counter_totals();
  ASSERT_TRUE(totals) << totals.error().what;
  EXPECT_TRUE(totals->paths.empty());
  EXPECT_EQ(sorted(totals->named), (std::vector<Total>{{"example.com", "TOTAL", 9'007'199'254'740'991ULL},
                                                       {"example.com", "https://example.com/a?b=c", 7},
                                                       {"shop.example.com", "TOTAL", 5}}));
}

TEST_P(StoreContract, KnowsWhereEachCounterBegan) {
  BatchMaker maker(0);
  maker.hit("/a");
  maker.increment("likes", 1);
  maker.hit("/b");
  maker.hit("/a");
  maker.increment("likes", 1);
  maker.change("begun", R"({"initial":7})");
  commit(maker);
  restart();
  const auto totals = store().counter_totals();
  ASSERT_TRUE(totals) << totals.error().what;
  std::map<std::string, std::pair<std::uint64_t, Position>> found;
  for (const auto* values : {&totals->paths, &totals->named}) {
    for (const CounterValue& value : *values) found[value.key] = {value.value, value.first};
  }
  EXPECT_EQ(found, (std::map<std::string, std::pair<std::uint64_t, Position>>{
                       {"/a", {2, 0}}, {"likes", {2, 1}}, {"/b", {1, 2}}, {"begun", {0, 5}}}));
}

TEST_P(StoreContract, RemembersSettingsWinsClaimsAndWhoCountedOnce) {
  const Instant old = instant_of(1'780'000'000'000), now = old + std::chrono::hours(1);
  BatchMaker maker(0);
  maker.change("likes", R"({"initial":7})");
  maker.change("likes", R"({"initial":8})");
  maker.change("loves", R"({"initial":9})");
  Increment increment{now, "example.com", "likes", 1, 10, {}, UINT64_MAX, 3, "0123456789abcde\xFF"};
  maker.increment(increment);
  increment.value = 11;
  increment.session = {};
  maker.increment(increment);
  increment.won_by = 0;
  increment.value = 12;
  increment.who = 5;
  increment.time = old;
  maker.increment(increment);
  maker.claim({now, "example.com", "likes", 11, true, R"({"text":"a"})", "retry"});
  maker.claim({now, "example.com", "likes", 10, false, "", {}});
  commit(maker);
  restart();
  const auto memory = store().counter_memory(now);
  ASSERT_TRUE(memory) << memory.error().what;

  std::map<std::string, std::string> settings;
  for (const auto& kept : memory->settings) settings[kept.key] = kept.settings;
  EXPECT_EQ(settings,
            (std::map<std::string, std::string>{{"likes", R"({"initial":8})"}, {"loves", R"({"initial":9})"}}));

  ASSERT_EQ(memory->wins.size(), 2U);
  EXPECT_EQ(memory->wins[0].number, 10U);
  EXPECT_EQ(memory->wins[0].rule, 3U);
  EXPECT_EQ(memory->wins[0].time, now);
  EXPECT_EQ(memory->wins[0].session, "0123456789abcde\xFF");
  EXPECT_EQ(memory->wins[1].number, 11U);
  EXPECT_EQ(memory->wins[1].session, "");

  ASSERT_EQ(memory->claims.size(), 2U);
  EXPECT_EQ(memory->claims[0].number, 11U);
  EXPECT_TRUE(memory->claims[0].from_pool);
  EXPECT_EQ(memory->claims[0].prize, R"({"text":"a"})");
  EXPECT_EQ(memory->claims[0].time, now);
  EXPECT_FALSE(memory->claims[1].from_pool);

  ASSERT_EQ(memory->once.size(), 2U) << "what is older need not be known";
  EXPECT_EQ(memory->once[0].who, UINT64_MAX);
  EXPECT_EQ(memory->once[0].value, 10U);
  EXPECT_EQ(memory->once[1].value, 11U);
  EXPECT_EQ(store().counter_memory(old)->once.size(), 3U);
}

TEST_P(StoreContract, RemembersWhatWasImported) {
  const std::string block("\0\x01\xFF 3456789abcde", 16);
  const std::string other(16, 'z');
  EXPECT_FALSE(*store().has_import("example.com", block));
  BatchMaker maker(0);
  maker.hit();
  maker.import_mark("example.com", block);
  commit(maker);
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(*store().has_import("example.com", block));
    EXPECT_FALSE(*store().has_import("shop.example.com", block));
    EXPECT_FALSE(*store().has_import("example.com", other));
    restart();
  }
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreContract);

}  // namespace footfall
