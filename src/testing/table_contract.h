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
  std::vector<std::size_t> put(const std::vector<Item>& puts, const std::vector<ItemAddition>& additions = {}) {
    const auto done = table_->put_new_and_add(puts, additions);
    EXPECT_TRUE(done) << done.error().what;
    return done ? *done : std::vector<std::size_t>{99};
  }
  std::optional<std::int64_t> number(std::string_view name) {
    const auto item = table_->get({mine(name), "n"});
    EXPECT_TRUE(item) << item.error().what;
    return item && *item ? (*item)->number("n") : std::nullopt;
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

TEST_P(TableContract, PutsAndAddsTogether) {
  EXPECT_TRUE(put({row("a", 1), row("b", 2)}, {plus("count", 2), plus("other", 1)}).empty());
  EXPECT_EQ(number("count"), 2);
  EXPECT_EQ(number("other"), 1);
  const auto item = table_->get({mine("a"), "s"});
  ASSERT_TRUE(item && *item);
  EXPECT_EQ((*item)->number("ts"), 1);
  EXPECT_EQ((*item)->text("g1"), mine("ip"));
}

TEST_P(TableContract, DoesNothingAtAllWhereOneIsThereAlready) {
  EXPECT_TRUE(put({row("b", 1)}).empty());
  EXPECT_EQ(put({row("a", 1), row("b", 7), row("c", 1)}, {plus("count", 3)}), (std::vector<std::size_t>{1}));
  EXPECT_EQ(number("count"), std::nullopt);
  const auto absent = table_->get({mine("a"), "s"});
  ASSERT_TRUE(absent);
  EXPECT_FALSE(*absent);
  const auto kept = table_->get({mine("b"), "s"});
  ASSERT_TRUE(kept && *kept);
  EXPECT_EQ((*kept)->number("ts"), 1);
}

TEST_P(TableContract, SayingTheSameAgainFindsAllOfItThere) {
  EXPECT_TRUE(put({row("a", 1), row("b", 1)}, {plus("count", 2)}).empty());
  EXPECT_EQ(put({row("a", 1), row("b", 1)}, {plus("count", 2)}), (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(number("count"), 2);
}

TEST_P(TableContract, OneVisitAloneIsNoDifferent) {
  EXPECT_TRUE(put({row("a", 1)}).empty());
  EXPECT_EQ(put({row("a", 2)}), (std::vector<std::size_t>{0}));
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
  EXPECT_EQ(times({ItemQuery::Index::by_ip, mine("ip"), "", {}, {}, false, 0}).size(), 1U);
  EXPECT_TRUE(times({ItemQuery::Index::by_path, mine("path"), "", {}, {}, false, 0}).empty());
}

TEST_P(TableContract, AnEmptyTextInAnIndexIsRefused) {
  Item item = row("a", 1);
  item.values["g1"] = std::string();
  const auto done = table_->put_new_and_add(std::vector{item, row("b", 1)}, {});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::invalid);
}

TEST_P(TableContract, ReadsAPartitionInTheOrderOfItsKeysAndByPrefix) {
  put({row("p", 1, "k\nb"), row("p", 2, "k\na"), row("p", 3, "other"), row("p", 4, "k")});
  ItemQuery query;
  query.partition = mine("p");
  query.prefix = "k\n";
  EXPECT_EQ(times(query), (std::vector<std::int64_t>{2, 1}));
  query.prefix.clear();
  EXPECT_EQ(times(query), (std::vector<std::int64_t>{4, 2, 1, 3}));
}

TEST_P(TableContract, ReadsAllOfALargePartition) {
  constexpr int rows = 120;
  for (int i = 0; i < rows; ++i) {
    Item item = row("p", i, "k" + std::to_string(1'000 + i));
    item.values["fill"] = std::string(20'000, 'x');  // over the megabyte that one page holds
    put({item});
  }
  EXPECT_EQ(times({ItemQuery::Index::table, mine("p"), "", {}, {}, false, 0}).size(), std::size_t{rows});
  EXPECT_EQ(times({ItemQuery::Index::table, mine("p"), "", {}, {}, false, 70}).size(), 70U);
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

TEST_P(TableContract, TakesTheLargestTransaction) {
  std::vector<Item> puts;
  for (std::size_t i = 0; i < transaction_items_max - 1; ++i) puts.push_back(row("p", 1, std::to_string(i)));
  EXPECT_TRUE(put(puts, {plus("count", 99)}).empty());
  EXPECT_EQ(number("count"), 99);
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
