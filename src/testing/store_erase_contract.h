// What every VisitStore does with addresses, erasures and retention: more of the suite of store_contract.h.
//
// A test program that includes that includes this too.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "testing/store_contract.h"

namespace footfall {

// --- Addresses as they are kept ---

TEST_P(StoreContract, KeepsOfAnAddressWhatItIsTold) {
  const AddressKeeper keeper(SipKey{1, 2});
  const Place place{"DE", "Berlin", "Berlin"};
  const Place elsewhere{"DE", "Bavaria", "Munich"};
  BatchMaker maker(0);
  for (int round = 0; round < 2; ++round) {
    for (const KeptAddress how : {KeptAddress::full, KeptAddress::truncated, KeptAddress::hashed, KeptAddress::none}) {
      for (const Place* where : {&place, &elsewhere}) {
        EnrichedHit& made = maker.hit();
        made.address = keeper.keep(*Address::parse("203.0.113.9"), how);
        made.place = where;
      }
    }
  }
  commit(maker);
  std::vector<StoredVisit> expected = maker.expected();
  restart();
  EXPECT_EQ(visits(), expected);
  EXPECT_EQ(visits().at(2).ip, "203.0.113.0");
  EXPECT_TRUE(visits().at(4).ip.starts_with("hashed:"));
  EXPECT_EQ(visits().at(6).ip, "");
  EXPECT_EQ(visits().at(7).place, elsewhere) << "the place is kept, whatever is kept of the address";
}

// --- Erasing ---

TEST_P(StoreContract, ErasesTheRowsThatAreMeantAndNoOther) {
  const AddressKeeper keeper(SipKey{1, 2});
  const Address ip = *Address::parse("203.0.113.9");
  struct Row {
    const char* because;
    std::function<void(Erasure&)> say;
    std::vector<Position> gone;
  };
  const std::vector<Row> rows{
      {"every row of the site", [](Erasure&) {}, {0, 1, 2, 3, 4, 6, 7}},
      {"an address", [&](Erasure& erasure) { erasure.addresses = {StoredAddress(ip)}; }, {0, 3}},
      {"an address in either of two forms",
       [&](Erasure& erasure) {
         erasure.addresses = {StoredAddress(ip), keeper.keep(ip, KeptAddress::hashed)};
       },
       {0, 1, 3}},
      {"a path", [](Erasure& erasure) { erasure.path = "/b"; }, {1, 4}},
      {"an event", [](Erasure& erasure) { erasure.event = "signup"; }, {2}},
      {"from a moment on", [](Erasure& erasure) { erasure.from = instant_of(1'780'000'004'000); }, {4, 6, 7}},
      {"up to a moment", [](Erasure& erasure) { erasure.to = instant_of(1'780'000'001'000); }, {0}},
      {"positions",
       [](Erasure& erasure) {
         erasure.positions = {{1, 5, 6, 99}};
       },
       {1, 6}},
      {"no position", [](Erasure& erasure) { erasure.positions.emplace(); }, {}},
      {"all that is said must hold",
       [&](Erasure& erasure) {
         erasure.addresses = {StoredAddress(ip)};
         erasure.path = "/a";
         erasure.positions = {{1, 3}};
       },
       {3}},
      {"a text that no row has", [](Erasure& erasure) { erasure.path = "/nowhere"; }, {}},
      {"another site", [](Erasure& erasure) { erasure.site = "shop.example.com"; }, {5}},
      {"a site without rows", [](Erasure& erasure) { erasure.site = "nowhere.example.com"; }, {}},
      {"no address is no address", [](Erasure& erasure) { erasure.addresses = {StoredAddress()}; }, {}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.because);
    begin_anew();
    BatchMaker maker(0);
    maker.hit("/a").address = StoredAddress(ip);
    maker.hit("/b").address = keeper.keep(ip, KeptAddress::hashed);
    maker.event("signup", "/a").address = StoredAddress(*Address::parse("203.0.113.10"));
    maker.hit("/a").address = StoredAddress(ip);
    maker.hit("/b").address = keeper.keep(ip, KeptAddress::truncated);
    maker.hit("/a").hit.site = "shop.example.com";
    maker.hit("/c").hit.title = "the last but one";
    maker.hit("/d");
    commit(maker);
    std::vector<StoredVisit> expected = maker.expected();
    std::erase_if(expected, [&](const StoredVisit& visit) {
      return std::find(row.gone.begin(), row.gone.end(), visit.position) != row.gone.end();
    });
    Erasure erasure;
    erasure.site = "example.com";
    row.say(erasure);
    const auto erased = store().erase(std::span(&erasure, 1), 8, 9);
    ASSERT_TRUE(erased) << erased.error().what;
    EXPECT_EQ(*erased, row.gone.size());
    EXPECT_EQ(visits(), expected);
    restart();
    EXPECT_EQ(visits(), expected);
    EXPECT_EQ(offset(), 9U);
  }
}

TEST_P(StoreContract, ErasesFromTheQuarantineToo) {
  const Address ip = *Address::parse("203.0.113.9");
  struct Row {
    const char* because;
    std::function<void(Erasure&)> say;
    std::vector<Position> left;
  };
  for (const Row& row : {Row{"an address", [&](Erasure& erasure) { erasure.addresses = {StoredAddress(ip)}; }, {2, 3}},
                         Row{"a path", [](Erasure& erasure) { erasure.path = "/b"; }, {0, 2, 3}},
                         Row{"a session, by the id that was given",
                             [](Erasure& erasure) {
                               erasure.positions.emplace();
                               erasure.session = "s-1";
                             },
                             {0, 1, 3}},
                         Row{"positions, which are those of visits",
                             [](Erasure& erasure) {
                               erasure.positions = {{0, 1}};
                             },
                             {0, 1, 2, 3}},
                         Row{"what came later stays",
                             [](Erasure& erasure) { erasure.to = instant_of(1'780'000'001'000); },
                             {1, 2, 3}}}) {
    SCOPED_TRACE(row.because);
    begin_anew();
    BatchMaker maker(0);
    maker.dropped("/a").hit.address = StoredAddress(ip);
    maker.dropped("/b").hit.address = StoredAddress(ip);
    maker.dropped("/c").hit.hit.session = "s-1";
    maker.dropped("/d").hit.hit.site = "shop.example.com";
    maker.hit("/a");
    commit(maker);
    Erasure erasure;
    erasure.site = "example.com";
    row.say(erasure);
    ASSERT_TRUE(store().erase(std::span(&erasure, 1), 5, 6));
    for (int round = 0; round < 2; ++round) {
      std::vector<Position> left;
      for (const DroppedRow& row_left : dropped()) left.push_back(row_left.position);
      EXPECT_EQ(left, row.left);
      restart();
    }
  }
}

TEST_P(StoreContract, TheQuarantineExpiresWithTheRest) {
  BatchMaker maker(0);
  for (int i = 0; i < 3; ++i) {
    DroppedHit& made = maker.dropped("/a");
    made.hit.hit.ip = *Address::parse("203.0.113.9");
    made.hit.hit.user_agent = "Mozilla/5.0";
  }
  commit(maker);
  const auto at = [](int second) { return instant_of(1'780'000'000'000 + second * 1'000); };
  const Expiry expiry{"example.com", at(1), at(2), at(3)};
  const std::vector<Pruned> expected{{"example.com", 1, 1, 2}};
  EXPECT_EQ(*store().count_expired(std::span(&expiry, 1)), expected);
  EXPECT_EQ(*store().prune(std::span(&expiry, 1)), expected);
  const auto left = dropped();
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left[0].ip + left[0].user_agent, "");
  EXPECT_EQ(left[1].ip, "203.0.113.9");
  EXPECT_EQ(left[1].user_agent, "");
}

TEST_P(StoreContract, WhatCountersRememberOutlivesAnErasure) {
  BatchMaker maker(0);
  maker.hit("/a");
  maker.hit("/b");
  maker.change("likes", R"({"begin":5})");
  commit(maker);
  const auto before = store().counter_totals();
  Erasure erasure;
  erasure.site = "example.com";
  ASSERT_TRUE(store().erase(std::span(&erasure, 1), 3, 4));
  restart();
  const auto after = store().counter_totals();
  ASSERT_TRUE(after);
  for (const CounterValue& value : before->paths) {
    const auto same = std::find_if(after->paths.begin(), after->paths.end(),
                                   [&](const CounterValue& other) { return other.key == value.key; });
    ASSERT_NE(same, after->paths.end());
    EXPECT_EQ(same->value, value.value);
    EXPECT_EQ(same->first, value.first) << "which counter came first does not change";
  }
  const auto memory = store().counter_memory(Instant());
  ASSERT_TRUE(memory);
  ASSERT_EQ(memory->settings.size(), 1U);
  EXPECT_EQ(memory->settings[0].settings, R"({"begin":5})");
}

TEST_P(StoreContract, SeveralErasuresAreOne) {
  commit_views({"/a", "/b", "/c", "/a"});
  std::array<Erasure, 2> erasures;
  erasures[0].site = erasures[1].site = "example.com";
  erasures[0].path = "/a";
  erasures[1].positions = {{0, 2}};
  EXPECT_EQ(*store().erase(erasures, 4, 6), 3U);
  EXPECT_EQ(stored_paths(), (std::vector<std::string>{"/b"}));
  EXPECT_EQ(offset(), 6U);
}

TEST_P(StoreContract, AnErasureThatDoesNotStandAtTheOffsetIsRefused) {
  commit_views({"/a", "/b"});
  Erasure erasure;
  erasure.site = "example.com";
  for (const Position from : {Position{0}, Position{1}, Position{3}}) {
    const auto refused = store().erase(std::span(&erasure, 1), from, from + 1);
    ASSERT_FALSE(refused) << from;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid);
  }
  EXPECT_EQ(stored_paths(), (std::vector<std::string>{"/a", "/b"}));
  EXPECT_EQ(offset(), 2U);
}

TEST_P(StoreContract, GoesOnAfterAnErasureAsIfNothingHadBeen) {
  commit_views({"/a", "/b"});
  Erasure erasure;
  erasure.site = "example.com";
  erasure.path = "/a";
  ASSERT_TRUE(store().erase(std::span(&erasure, 1), 2, 3));
  commit_views({"/a", "/c", "/b"});
  restart();
  EXPECT_EQ(stored_paths(), (std::vector<std::string>{"/b", "/a", "/c", "/b"}));
  EXPECT_EQ(offset(), 6U);
  EXPECT_EQ(*store().checkpoint(), 6U);
}

TEST_P(StoreContract, TellsBelowWhatTheJournalMayHoldNothing) {
  EXPECT_EQ(store().processor_state(Day(), Instant())->erased, 0U);
  commit_views({"/a", "/b"});
  Erasure erasure;
  erasure.site = "example.com";
  ASSERT_TRUE(store().erase(std::span(&erasure, 1), 2, 3));
  commit_views({"/c"});
  restart();
  EXPECT_EQ(store().processor_state(Day(), Instant())->erased, 3U);
}

TEST_P(StoreContract, GivesNoNumberTwiceThatAnErasedVisitorHad) {
  BatchMaker maker(0);
  EnrichedHit& made = maker.hit();
  made.visitor = 7;
  made.session = 9;
  maker.visitor({7, "example.com", day_of(instant_of(0)), 77, "given visitor"});
  maker.session({12, "given session"});
  commit(maker);
  Erasure erasure;
  erasure.site = "example.com";
  ASSERT_EQ(*store().erase(std::span(&erasure, 1), offset(), offset() + 1), 1U);
  for (int round = 0; round < 2; ++round) {
    const auto state = store().processor_state(Day(), Instant());
    ASSERT_TRUE(state);
    EXPECT_EQ(state->next_visitor, 8U);
    EXPECT_EQ(state->next_session, 13U);
    EXPECT_TRUE(state->visitors.empty()) << "nothing is known of who was erased";
    EXPECT_TRUE(state->sessions.empty());
    restart();
  }
}

TEST_P(StoreContract, CountersImportsAndIncrementsOutliveAnErasure) {
  const std::string block(16, 'b');
  BatchMaker maker(0);
  maker.hit("/a");
  maker.hit("/a").hit.kind = Kind::restored;
  maker.hit("/b");
  maker.event("signup", "/a");
  maker.increment("likes", 5);
  maker.import_mark("example.com", block);
  commit(maker);
  const auto before = store().counter_totals();
  Erasure erasure;
  erasure.site = "example.com";
  erasure.path = "/a";
  ASSERT_EQ(*store().erase(std::span(&erasure, 1), offset(), offset() + 1), 3U);
  // Again, so that what was counted before is added to and not replaced.
  commit_views({"/a"});
  ASSERT_EQ(*store().erase(std::span(&erasure, 1), offset(), offset() + 1), 1U);
  restart();
  const auto after = store().counter_totals();
  ASSERT_TRUE(after);
  EXPECT_EQ(sorted(after->paths), (std::vector<Total>{{"example.com", "/a", 3}, {"example.com", "/b", 1}}));
  EXPECT_EQ(sorted(after->named), sorted(before->named));
  EXPECT_TRUE(*store().has_import("example.com", block));
}

TEST_P(StoreContract, CountersKeepTheirNumbersWhateverIsErasedAndPruned) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    begin_anew();
    std::mt19937 random(seed);
    const auto below = [&](unsigned bound) { return static_cast<unsigned>(random() % bound); };
    std::map<std::pair<std::string, std::string>, std::uint64_t> counted;
    for (int step = 0; step < 12; ++step) {
      if (below(3) < 2) {
        BatchMaker maker(offset());
        std::deque<std::string> texts;
        for (unsigned i = 0, hits = 1 + below(20); i < hits; ++i) {
          const std::string& path = texts.emplace_back("/" + std::to_string(below(5)));
          EnrichedHit& made = below(4) == 0 ? maker.event("click", path) : maker.hit(path);
          made.hit.site = below(3) == 0 ? "shop.example.com" : "example.com";
          made.hit.ip = Address::v4(0x0A000000U + below(4));
          made.visitor = made.session = 1 + below(6);
          if (made.hit.is_pageview()) ++counted[{std::string(made.hit.site), path}];
        }
        commit(maker);
      } else if (below(2) == 0) {
        const std::string path = "/" + std::to_string(below(5));
        Erasure erasure;
        erasure.site = below(3) == 0 ? "shop.example.com" : "example.com";
        if (below(2) == 0) erasure.path = path;
        if (below(2) == 0) erasure.addresses = {StoredAddress(Address::v4(0x0A000000U + below(4)))};
        if (below(3) == 0) erasure.positions = {{below(50), 50 + below(50), 100 + below(50)}};
        ASSERT_TRUE(store().erase(std::span(&erasure, 1), offset(), offset() + 1));
      } else {
        const Instant moment = instant_of(1'780'000'000'000 + static_cast<std::int64_t>(below(100)) * 1'000);
        const Expiry expiry{"example.com", moment, std::nullopt, std::nullopt};
        ASSERT_TRUE(store().prune(std::span(&expiry, 1)));
      }
      if (below(3) == 0) restart();
    }
    std::vector<Total> expected;
    for (const auto& [name, value] : counted) expected.emplace_back(name.first, name.second, value);
    EXPECT_EQ(sorted(store().counter_totals()->paths), expected);
  }
}

// --- Retention ---

TEST_P(StoreContract, LetsGoWhatHasBeenKeptForLongEnough) {
  const Place place{"DE", "Berlin", "Berlin"};
  const UserAgentFacts facts{"Firefox", "145.0", "Linux", "6", "desktop", ""};
  BatchMaker maker(0);
  for (int second = 0; second < 6; ++second) {
    EnrichedHit& made = maker.hit();
    made.hit.ip = Address::v4(0x0A000000U + static_cast<std::uint32_t>(second % 2));
    made.hit.user_agent = "Mozilla/5.0";
    made.place = &place;
    made.user_agent = &facts;
  }
  maker.hit("/elsewhere").hit.site = "shop.example.com";
  commit(maker);
  const auto at = [](int second) { return instant_of(1'780'000'000'000 + second * 1'000); };
  const std::vector<Expiry> expiries{{"example.com", at(2), at(4), at(5)},
                                     {"shop.example.com", std::nullopt, std::nullopt, std::nullopt},
                                     {"nowhere.example.com", at(9), at(9), at(9)}};
  const std::vector<Pruned> expected{{"example.com", 2, 2, 3}, {"shop.example.com"}, {"nowhere.example.com"}};
  EXPECT_EQ(*store().count_expired(expiries), expected);
  EXPECT_EQ(visits().size(), 7U) << "counting is not pruning";
  const auto pruned = store().prune(expiries);
  ASSERT_TRUE(pruned) << pruned.error().what;
  EXPECT_EQ(*pruned, expected);

  std::vector<StoredVisit> left = maker.expected();
  left.erase(left.begin(), left.begin() + 2);
  left[0].ip = left[1].ip = "";
  for (int i = 0; i < 3; ++i) left[static_cast<std::size_t>(i)].user_agent = "";
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(visits(), left) << "the place of an address and the facts of a user agent stay";
    EXPECT_EQ(*store().count_expired(expiries),
              (std::vector<Pruned>{{"example.com"}, {"shop.example.com"}, {"nowhere.example.com"}}));
    EXPECT_EQ(offset(), 7U);
    restart();
  }
  // A second time, with more that is old, on top of what is bare already.
  const Expiry later{"example.com", std::nullopt, at(6), at(6)};
  EXPECT_EQ(*store().prune(std::span(&later, 1)), (std::vector<Pruned>{{"example.com", 0, 2, 1}}));
  for (StoredVisit& visit : left) {
    if (visit.site == "example.com") visit.ip = visit.user_agent = "";
  }
  EXPECT_EQ(visits(), left);
}

TEST_P(StoreContract, PruningKeepsWhatCountersCounted) {
  commit_views({"/a", "/b", "/a"});
  const Expiry all{"example.com", instant_of(1'790'000'000'000), std::nullopt, std::nullopt};
  EXPECT_EQ(*store().prune(std::span(&all, 1)), (std::vector<Pruned>{{"example.com", 3, 0, 0}}));
  EXPECT_TRUE(visits().empty());
  commit_views({"/a"});
  restart();
  EXPECT_EQ(sorted(store().counter_totals()->paths),
            (std::vector<Total>{{"example.com", "/a", 3}, {"example.com", "/b", 1}}));
}

}  // namespace footfall
