// What every ItemTable does, as ports/item_table.h promises it: one suite for the fake and for every real one.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "domain/limits.h"
#include "ports/item_table.h"

namespace footfall {

class TableContract : public testing::TestWithParam<std::function<std::unique_ptr<ItemTable>()>> {
 protected:
  void SetUp() override {
    table_ = GetParam()();
    if (table_ == nullptr) GTEST_SKIP() << "there is no such table here";
  }

  // A place in the table that is this test's own, also where the table outlives the tests.
  static std::string mine(std::string_view name) {
    return "test#" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + "#" +
           std::string(name);
  }
  static Item row(std::string_view name, std::int64_t time, std::string sk = "s") {
    Item item{{mine(name), std::move(sk)}, {}};
    item.values["ts"] = time;
    item.values["g1"] = mine("ip");
    item.values["g2"] = mine("path");
    item.values["g3"] = mine("session");
    return item;
  }
  static ItemAddition plus(std::string_view name, std::int64_t by) { return {{mine(name), "n"}, by, {{"key", "k"}}}; }
  void put(const std::vector<Item>& items) {
    const auto done = table_->put_all(items);
    EXPECT_TRUE(done) << done.error().what;
  }
  std::vector<std::int64_t> times(ItemQuery query) {
    const auto found = table_->query(query);
    EXPECT_TRUE(found) << found.error().what;
    std::vector<std::int64_t> times;
    if (found) {
      for (const Item& item : *found) times.push_back(item.number("ts").value_or(-1));
    }
    return times;
  }

  std::unique_ptr<ItemTable> table_;
};

TEST_P(TableContract, PutsManyOverWhateverIsThere) {
  std::vector<Item> items;
  for (int i = 0; i < 60; ++i) items.push_back(row("p", i, std::to_string(100 + i)));
  put(items);
  items.front().values["ts"] = std::int64_t{1'000};
  items.front().values["more"] = std::string("x");
  put(items);
  put(items);
  EXPECT_EQ(times({.partition = mine("p")}).size(), 60U);
  const auto first = table_->get(items.front().key);
  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->number("ts"), 1'000);
  EXPECT_EQ((*first)->text("more"), "x");
  EXPECT_EQ((*first)->text("g1"), mine("ip"));
}

TEST_P(TableContract, PuttingNothingIsDone) { put({}); }

TEST_P(TableContract, KeepsBytesAsTheyAre) {
  std::string all;
  for (int i = 0; i < 1'000; ++i) all.push_back(static_cast<char>(i * 7));
  put({{{mine("b"), "s"}, {{"data", ItemBytes{all}}, {"none", ItemBytes{}}}}});
  const auto item = table_->get({mine("b"), "s"});
  ASSERT_TRUE(item && *item);
  EXPECT_EQ((*item)->bytes("data"), all);
  EXPECT_EQ((*item)->bytes("none"), "");
  EXPECT_EQ((*item)->text("data"), "");
}

TEST_P(TableContract, HoldsTheLargestItemsAndRefusesALargerOne) {
  std::vector<Item> items;
  for (int i = 0; i < 30; ++i) {
    items.push_back({{mine("p"), std::to_string(i)}, {{"data", ItemBytes{std::string(item_bytes_max - 10, '\xFF')}}}});
  }
  put(items);
  EXPECT_EQ(times({.partition = mine("p")}).size(), 30U);
  const Item larger{{mine("p"), "larger"}, {{"data", ItemBytes{std::string(420'000, 'x')}}}};
  const auto done = table_->put_all(std::span(&larger, 1));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::invalid);
}

TEST_P(TableContract, AdditionsAnswerTheNewNumberAndKeepTheTexts) {
  for (std::int64_t expected = 3; expected <= 9; expected += 3) {
    const auto value = table_->add(plus("count", 3));
    ASSERT_TRUE(value) << value.error().what;
    EXPECT_EQ(*value, expected);
  }
  const auto item = table_->get({mine("count"), "n"});
  ASSERT_TRUE(item && *item);
  EXPECT_EQ((*item)->text("key"), "k");
}

TEST_P(TableContract, APutMayAskThatNothingOrAVersionIsThere) {
  Item item{{mine("file"), "s"}, {{"ver", std::int64_t{1}}, {"text", std::string("first")}}};
  EXPECT_TRUE(*table_->put_if(item, {}));
  EXPECT_FALSE(*table_->put_if(item, {}));
  item.values["ver"] = std::int64_t{2};
  EXPECT_FALSE(*table_->put_if(item, {.version = 2}));
  EXPECT_TRUE(*table_->put_if(item, {.version = 1}));
  EXPECT_EQ((*table_->get(item.key))->number("ver"), 2);
}

TEST_P(TableContract, FindsByEachIndexInTheOrderOfTime) {
  put({row("a", 30), row("b", 10), row("c", 20)});
  for (const auto& [index, partition] :
       {std::pair(ItemQuery::Index::by_ip, "ip"), std::pair(ItemQuery::Index::by_path, "path"),
        std::pair(ItemQuery::Index::by_session, "session")}) {
    ItemQuery query;
    query.index = index;
    query.partition = mine(partition);
    EXPECT_EQ(times(query), (std::vector<std::int64_t>{10, 20, 30}));
    query.newest_first = true;
    EXPECT_EQ(times(query), (std::vector<std::int64_t>{30, 20, 10}));
    query.items_max = 2;
    EXPECT_EQ(times(query), (std::vector<std::int64_t>{30, 20}));
    query.from = 10;
    query.to = 20;
    EXPECT_EQ(times(query), (std::vector<std::int64_t>{20, 10}));
    query.partition = mine("nobody's");
    EXPECT_TRUE(times(query).empty());
  }
}

TEST_P(TableContract, WhatHasNoIndexedTextIsInNoIndex) {
  Item item{{mine("a"), "s"}, {{"ts", std::int64_t{1}}, {"g1", mine("ip")}}};
  put({item});
  EXPECT_EQ(times({.index = ItemQuery::Index::by_ip, .partition = mine("ip")}).size(), 1U);
  EXPECT_TRUE(times({.index = ItemQuery::Index::by_path, .partition = mine("path")}).empty());
}

TEST_P(TableContract, AnEmptyTextInAnIndexIsRefused) {
  Item item = row("a", 1);
  item.values["g1"] = std::string();
  const auto done = table_->put_all(std::vector{item, row("b", 1)});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::invalid);
}

TEST_P(TableContract, ReadsAPartitionInTheOrderOfItsKeysAndBetweenTwo) {
  put({row("p", 1, "k\nb"), row("p", 2, "k\na"), row("p", 3, "other"), row("p", 4, "k")});
  ItemQuery query;
  query.partition = mine("p");
  query.sk_from = "k\n";
  EXPECT_EQ(times(query), (std::vector<std::int64_t>{2, 1, 3}));
  query.sk_to = "k\nb";
  EXPECT_EQ(times(query), (std::vector<std::int64_t>{2, 1}));
  query.sk_from.clear();
  query.newest_first = true;
  EXPECT_EQ(times(query), (std::vector<std::int64_t>{1, 2, 4}));
  query.sk_to.clear();
  EXPECT_EQ(times(query), (std::vector<std::int64_t>{3, 1, 2, 4}));
}

TEST_P(TableContract, ReadsAllOfALargePartition) {
  constexpr int rows = 120;
  for (int i = 0; i < rows; ++i) {
    Item item = row("p", i, "k" + std::to_string(1'000 + i));
    item.values["fill"] = std::string(20'000, 'x');  // over the megabyte that one page holds
    put({item});
  }
  EXPECT_EQ(times({.partition = mine("p")}).size(), std::size_t{rows});
  EXPECT_EQ(times({.partition = mine("p"), .items_max = 70}).size(), 70U);
}

TEST_P(TableContract, ScansEveryItemOnceAndEndsWhenToldTo) {
  for (int i = 0; i < 80; ++i) {
    Item item = row("p", i, std::to_string(i));
    item.values["fill"] = std::string(20'000, 'x');  // more than one page
    put({item});
  }
  std::set<std::int64_t> seen;
  const auto done = table_->scan([&](const Item& item) -> Result<Done> {
    if (item.key.pk == mine("p")) {
      EXPECT_TRUE(seen.insert(*item.number("ts")).second);
    }
    return Done{};
  });
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(seen.size(), 80U);
  int taken = 0;
  const auto ended = table_->scan([&](const Item&) -> Result<Done> {
    ++taken;
    return Error{ErrorCode::too_many, "enough"};
  });
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ErrorCode::too_many);
  EXPECT_EQ(taken, 1);
}

TEST_P(TableContract, KeepsTextsAsTheyAre) {
  Item item{{mine("é \"\\\n"), "/a?b=\"ü\"\n\x7f"}, {{"text", std::string("tab\t, quote\", \xF0\x9F\x98\x80")}}};
  put({item});
  const auto found = table_->get(item.key);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->text("text"), item.text("text"));
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TableContract);

}  // namespace footfall
