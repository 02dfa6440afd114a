// What leaves the file of the embedded store, and what a process killed in between leaves behind.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <map>
#include <thread>

#include "adapters/duckdb/store_fixture.h"
#include "base/crash_point.h"

namespace footfall::duckdb {
namespace {

namespace fs = std::filesystem;

// Texts that no compression makes unreadable: that is seen before anything is erased.
constexpr const char* agent = "q7ZrV1uXk2Lw9TbN4mHyE6cJ0pSgA8dF-one-persons-agent";
constexpr const char* title = "hG3sWq8Lz1VnB5xCm7Kj2RtY9uPaE4oD-one-persons-title";

bool holds(const fs::path& folder, std::string_view text) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(in), {});
    if (bytes.find(text) != std::string::npos) return true;
  }
  return false;
}

// Many hits of many people, and one of somebody who will go.
void commit_with_somebody(VisitStore& store, const char* path = "/secret") {
  const Position from = *store.offset();
  BatchMaker maker(from);
  std::deque<std::string> texts;
  for (int i = 0; i < 500; ++i) {
    EnrichedHit& made = maker.hit(texts.emplace_back("/" + std::to_string(i % 7)));
    made.hit.ip = Address::v4(0x0A000000U + static_cast<std::uint32_t>(i));
    made.hit.user_agent = texts.emplace_back("Agent " + std::to_string(i % 13));
    made.hit.title = texts.emplace_back("Title " + std::to_string(i));
  }
  EnrichedHit& somebody = maker.hit(path);
  somebody.hit.ip = *Address::parse("203.0.113.9");
  somebody.hit.user_agent = agent;
  somebody.hit.title = title;
  somebody.visitor = 2;
  somebody.session = 2;
  maker.visitor({2, "example.com", day_of(somebody.hit.time), 22, "somebody's own id, which is long enough"});
  ASSERT_TRUE(store.commit(maker.batch()));
}

Erasure of_somebody() {
  Erasure erasure;
  erasure.site = "example.com";
  erasure.addresses = {*StoredAddress::parse("203.0.113.9")};
  return erasure;
}

TEST(DuckdbStoreErasing, LeavesNoByteOfIt) {
  const TemporaryFolder folder;
  OpenStore open(folder.path());
  commit_with_somebody(*open.store);
  ASSERT_TRUE(open.store->checkpoint());
  for (const char* text : {agent, title, "somebody's own id"}) {
    EXPECT_TRUE(holds(folder.path(), text)) << "the test would see it: " << text;
  }
  commit_with_somebody(*open.store);  // and once more, in the log
  const Erasure erasure = of_somebody();
  const auto erased = open.store->erase(std::span(&erasure, 1), open.offset(), open.offset() + 1);
  ASSERT_TRUE(erased) << erased.error().what;
  EXPECT_EQ(*erased, 2U);
  for (const char* text : {agent, title, "somebody's own id"}) EXPECT_FALSE(holds(folder.path(), text)) << text;
  EXPECT_EQ(open.number("SELECT count(*) FROM visits"), 1'000);
  EXPECT_EQ(open.number("SELECT count(*) FROM addresses WHERE address = 281470681743360::UHUGEINT + 3405803785"), 0);
  EXPECT_EQ(open.number("SELECT count(*) FROM visitors WHERE number = 2"), 0);
  EXPECT_EQ(
      open.number("SELECT views FROM gone_views JOIN paths ON paths.id = gone_views.path WHERE paths.path = '/secret'"),
      2);
  EXPECT_TRUE(open.reports.empty()) << open.reports.front();
}

TEST(DuckdbStoreErasing, LeavesNoByteOfWhatHasExpired) {
  const TemporaryFolder folder;
  OpenStore open(folder.path());
  commit_with_somebody(*open.store);
  ASSERT_TRUE(open.store->checkpoint());
  const Instant later = instant_of(1'790'000'000'000);
  const Expiry expiry{"example.com", std::nullopt, later, later};
  const auto pruned = open.store->prune(std::span(&expiry, 1));
  ASSERT_TRUE(pruned) << pruned.error().what;
  EXPECT_EQ(pruned->at(0), (Pruned{"example.com", 0, 501, 501}));
  EXPECT_FALSE(holds(folder.path(), agent));
  EXPECT_TRUE(holds(folder.path(), title)) << "which was not to go";
  EXPECT_EQ(open.number("SELECT count(*) FROM visits"), 501);
  EXPECT_EQ(open.number("SELECT count(*) FROM addresses WHERE address <> 0"), 0);
}

TEST(DuckdbStoreErasing, WhatWasSetAsideGoesToo) {
  const TemporaryFolder folder;
  const fs::path aside = folder.path() / "footfall.duckdb.wal.damaged-20261121T090300000Z";
  std::ofstream(aside) << agent;
  OpenStore open(folder.path());
  commit_with_somebody(*open.store);
  const Erasure erasure = of_somebody();
  ASSERT_TRUE(open.store->erase(std::span(&erasure, 1), open.offset(), open.offset() + 1));
  EXPECT_FALSE(fs::exists(aside));
}

// One row at least in every table, so that one which is not carried over is missed.
void fill_every_table(OpenStore& open) {
  const ReferrerFacts facts{"Hacker News", "social"};
  const Campaign campaign{.source = "letter", .medium = "email"};
  BatchMaker maker(open.offset());
  EnrichedHit& made = maker.event("signup", "/every");
  made.hit.query = "q=1";
  made.hit.title = "Title";
  made.hit.props = R"({"plan":"gold"})";
  made.hit.referrer = "https://news.ycombinator.com/";
  made.referrer = &facts;
  made.campaign = &campaign;
  maker.session({1, "a session of theirs"});
  maker.engagement({made.position, made.hit.time, 1, 1'000, 50});
  maker.increment({made.hit.time, "example.com", "likes", 1, 1, {}, 7, 1, "0123456789abcdef"});
  maker.change("likes", R"({"begin":5})");
  maker.claim({made.hit.time, "example.com", "likes", 1, true, R"({"text":"a book"})", {}});
  maker.import_mark("example.com", "0123456789abcdef");
  maker.dropped("/dropped");
  ASSERT_TRUE(open.store->commit(maker.batch()));
}

TEST(DuckdbStoreErasing, CarriesEveryTableOver) {
  const TemporaryFolder folder;
  OpenStore open(folder.path());
  commit_with_somebody(*open.store);
  fill_every_table(open);
  const Erasure somebody = of_somebody();  // something is gone already
  ASSERT_TRUE(open.store->erase(std::span(&somebody, 1), open.offset(), open.offset() + 1));
  commit_with_somebody(*open.store);  // and somebody is there again, with an id of their own
  const auto contents = [&] {
    std::map<std::string, std::string> found;
    auto connection = open.database->borrow();
    auto tables = (*connection)->query("SELECT table_name FROM duckdb_tables() WHERE NOT temporary");
    EXPECT_TRUE(tables);
    std::vector<std::string> names;
    EXPECT_TRUE(tables->each([&](std::size_t row) { names.emplace_back(tables->text(0, row)); }));
    for (const std::string& name : names) {
      const std::int64_t rows = open.number("SELECT count(*) FROM " + name);
      EXPECT_GT(rows, 0) << name;
      // These two tell how far it came.
      const bool moves = name == "processed" || name == "gone";
      found[name] =
          std::to_string(rows) + " rows" +
          (moves ? ""
                 : " " + std::to_string(open.number("SELECT (bit_xor(hash(t)) >> 1)::BIGINT FROM " + name + " t")));
    }
    return found;
  };
  const auto before = contents();
  EXPECT_GT(before.size(), 20U);
  Erasure nobody;
  nobody.site = "example.com";
  nobody.path = "/nowhere";
  EXPECT_EQ(*open.store->erase(std::span(&nobody, 1), open.offset(), open.offset() + 1), 0U);
  EXPECT_EQ(contents(), before);
}

TEST(DuckdbStoreErasing, AQuestionThatRunsIsAnsweredFromWhatWasThere) {
  const TemporaryFolder folder;
  OpenStore open(folder.path());
  for (int i = 0; i < 20; ++i) commit_with_somebody(*open.store);
  auto reader = open.database->borrow();
  ASSERT_TRUE(reader);
  auto rows = (*reader)->query("SELECT position FROM visits", {}, {}, Answer::streamed);
  ASSERT_TRUE(rows);
  ASSERT_TRUE(*rows->next());
  std::size_t before = rows->size();
  std::thread finisher([&, loan = std::move(*reader)]() mutable {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    std::size_t counted = before;
    for (auto more = rows->next(); more && *more; more = rows->next()) counted += rows->size();
    before = counted;
    [[maybe_unused]] const auto done = std::move(*rows);
  });
  const Erasure erasure = of_somebody();
  const auto erased = open.store->erase(std::span(&erasure, 1), open.offset(), open.offset() + 1);
  finisher.join();
  ASSERT_TRUE(erased) << erased.error().what;
  EXPECT_EQ(*erased, 20U);
  EXPECT_EQ(before, 20U * 501) << "the whole answer, as it was when it was asked";
  EXPECT_EQ(open.number("SELECT count(*) FROM visits"), 20 * 500);
}

TEST(DuckdbStoreErasing, MayBeDoneAgainAndAgain) {
  const TemporaryFolder folder;
  OpenStore open(folder.path());
  for (int i = 1; i <= 10; ++i) {
    commit_with_somebody(*open.store);
    const Erasure erasure = of_somebody();
    const auto erased = open.store->erase(std::span(&erasure, 1), open.offset(), open.offset() + 1);
    ASSERT_TRUE(erased) << erased.error().what;
    ASSERT_EQ(*erased, 1U);
    ASSERT_EQ(open.number("SELECT count(*) FROM visits"), i * 500);
    ASSERT_EQ(open.number("SELECT count(*) - count(DISTINCT path) FROM paths"), 0) << "texts keep their numbers";
  }
  EXPECT_EQ(open.store->checkpointed(), open.offset());
  EXPECT_EQ(open.number("SELECT sum(views)::BIGINT FROM gone_views"), 10);
}

TEST(DuckdbStoreErasing, WithoutRoomItIsRefusedAndNothingHasChanged) {
  const TemporaryFolder folder;
  StoreOptions options;
  options.reserve_bytes = 1ULL << 60U;
  options.reserve_part = 1;
  {
    OpenStore open(folder.path());
    commit_with_somebody(*open.store);
  }
  OpenStore open(folder.path(), options);
  const Erasure erasure = of_somebody();
  EXPECT_EQ(open.store->has_room_to_erase().error().code, ErrorCode::unavailable);
  const auto refused = open.store->erase(std::span(&erasure, 1), open.offset(), open.offset() + 1);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_EQ(open.number("SELECT count(*) FROM visits"), 501);
}

TEST(DuckdbStoreErasing, KilledAtEachNamedPlaceItHasHappenedWhollyOrNotAtAll) {
  for (const std::string place :
       {"in_store_making:2", "in_store_rewrite", "before_store_swap", "after_store_swap", "store_swapped"}) {
    SCOPED_TRACE(place);
    const TemporaryFolder folder;
    {
      OpenStore open(folder.path());
      commit_with_somebody(*open.store);
      ASSERT_TRUE(open.store->checkpoint());
      commit_with_somebody(*open.store);
    }
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      // The place is in the making of the second file: the first is there.
      crash_plan.arm(place == "in_store_making:2" ? "in_store_making" : place);
      OpenStore open(folder.path());
      const Erasure erasure = of_somebody();
      static_cast<void>(open.store->erase(std::span(&erasure, 1), open.offset(), open.offset() + 1));
      ::_exit(3);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
    OpenStore open(folder.path());
    EXPECT_EQ(open.database->healed(), 0U);
    const bool erased = open.offset() == 1'003;
    EXPECT_TRUE(erased || open.offset() == 1'002) << open.offset();
    EXPECT_EQ(open.number("SELECT count(*) FROM visits"), erased ? 1'000 : 1'002);
    EXPECT_EQ(holds(folder.path(), agent), !erased);
    EXPECT_EQ(erased, place == "after_store_swap" || place == "store_swapped");
    if (!erased) {
      const Erasure erasure = of_somebody();
      EXPECT_EQ(*open.store->erase(std::span(&erasure, 1), 1'002, 1'003), 2U) << "and can be done now";
      EXPECT_FALSE(holds(folder.path(), agent));
    }
    commit_with_somebody(*open.store);
    EXPECT_EQ(open.number("SELECT count(*) FROM visits"), 1'501);
  }
}

}  // namespace
}  // namespace footfall::duckdb
