// The processor against all that SQS and DynamoDB may do to it: whatever happens, a visit is one row and counts once.
//
// Several processors share the table. Messages come one to three times, shuffled, in batches that are never the same
// twice; the table refuses, and does what it is told without answering; functions end in the middle of a batch. A round
// ends when every message has been removed, and then nothing may be missing and nothing doubled. A failure prints its
// seed; FOOTFALL_LONG plays many more rounds.

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "app/cloud/cloud_world.h"
#include "app/counters.h"

namespace footfall {
namespace {

struct Odds {
  double refuse = 0;      // the table has no capacity
  double lose_reply = 0;  // it did what it was told, and nobody heard
  double crash = 0;       // a function ends after its work, before it is said to be done
};

class Simulation {
 public:
  Simulation(std::uint64_t seed, const Odds& odds) : random_(seed), odds_(odds) {
    table_.fault = [this] {
      if (calm_) return MemoryTable::Fault::none;
      if (chance(odds_.refuse)) return MemoryTable::Fault::refuse;
      return chance(odds_.lose_reply) ? MemoryTable::Fault::lose_reply : MemoryTable::Fault::none;
    };
  }

  bool renumber = false;  // a processor that gives numbers itself, each time anew: what must never be built

  void run(std::size_t visits) {
    make_messages(visits);
    std::vector<TableWriter> processors(4, TableWriter(table_, layout_, crypto_, compression_, clock_));
    for (int turn = 0; !waiting_.empty(); ++turn) {
      // A table that refuses nearly everything for ever would never be done with.
      calm_ = turn > 20'000;
      give_batch(processors[random_() % processors.size()]);
      clock_.advance(Milliseconds(static_cast<std::int64_t>(random_() % 20'000'000)));
      if (random_() % 4 == 0) sum();
    }
    calm_ = true;
    clock_.advance(std::chrono::days(3));
  }

  // As the compactor does, which may end anywhere as well.
  void sum() { static_cast<void>(summer_.sum_all("example.com", clock_.now() + std::chrono::minutes(1))); }

  std::uint64_t total_counted() {
    PageViews views(table_, compression_, clock_, SipKey{1, 2});
    return views.of("example.com", total_key)->value_or(0);
  }
  [[nodiscard]] std::uint64_t total_made() const {
    std::uint64_t total = 0;
    for (const auto& [path, count] : pageviews_) total += count;
    return total;
  }

  // Exact while days are open, and the same when all are summed.
  void expect_exact() {
    expect_rows();
    expect_counts();
    const StatsResult before = numbers();
    const auto summed = summer_.sum_all("example.com", clock_.now() + std::chrono::minutes(1));
    ASSERT_TRUE(summed) << summed.error().what;
    expect_counts();
    expect_numbers(before);
    expect_numbers(numbers());
  }

 private:
  void expect_rows() {
    std::set<std::int64_t> numbers;
    std::size_t rows = 0;
    for (const auto& [key, values] : table_.items()) {
      if (!key.pk.starts_with("V#")) continue;
      ++rows;
      numbers.insert(*Item{key, values}.number("num"));
    }
    EXPECT_EQ(rows, visits_);
    EXPECT_EQ(numbers.size(), visits_);
  }

  void expect_counts() {
    PageViews views(table_, compression_, clock_, SipKey{1, 2});
    for (const auto& [path, count] : pageviews_) EXPECT_EQ(views.of("example.com", path)->value_or(0), count) << path;
    EXPECT_EQ(total_counted(), total_made());
    // The three lookups, each against what was made, from rows and from packs.
    PublicIds ids(SipKey{1, 2});
    for (const bool rows : {true, false}) {
      TableLayout layout;
      layout.rows = rows;
      TableStats stats(table_, layout, compression_, clock_, knowledge_);
      TableReader reader(table_, layout, crypto_, compression_, clock_, ids, stats);
      for (const auto& [path, count] : by_path_) EXPECT_EQ(*reader.count(by_path(path)), count) << path;
      for (const auto& [ip, count] : by_ip_) EXPECT_EQ(*reader.count(by_ip(ip)), count) << ip;
      for (const auto& [session, count] : by_session_) EXPECT_EQ(*reader.count(by_session(session)), count) << session;
    }
  }

  StatsResult numbers() {
    TableStats stats(table_, layout_, compression_, clock_, knowledge_);
    StatsQuery query;
    query.site = "example.com";
    query.metrics = {Metric::visitors, Metric::visits, Metric::pageviews, Metric::events};
    query.from = Day(std::chrono::year(2026) / 11 / 1);
    query.to = Day(std::chrono::year(2026) / 12 / 31);
    const auto result = stats.stats(query);
    EXPECT_TRUE(result) << result.error().what;
    return result ? *result : StatsResult{};
  }
  void expect_numbers(const StatsResult& result) {
    ASSERT_EQ(result.rows.size(), 1U);
    const auto& metrics = result.rows[0].metrics;
    EXPECT_EQ(metrics[0], static_cast<double>(visitors_.size()));
    EXPECT_EQ(metrics[1], static_cast<double>(by_session_.size()));
    EXPECT_EQ(metrics[2], static_cast<double>(total_made()));
    EXPECT_EQ(metrics[3], static_cast<double>(visits_));
  }

  bool chance(double odds) { return std::uniform_real_distribution<>(0, 1)(random_) < odds; }

  void make_messages(std::size_t visits) {
    std::vector<std::string> texts;
    std::deque<std::string> kept;
    std::vector<NumberedHit> together;
    for (std::size_t i = 0; i < visits; ++i) {
      NumberedHit visit;
      visit.number = random_() >> 2U;
      Hit& hit = visit.hit;
      hit.site = "example.com";
      // Over three days, many of a millisecond.
      hit.time = instant_of(1'795'251'780'000 + static_cast<std::int64_t>(random_() % 3) * 86'400'000 +
                            static_cast<std::int64_t>(random_() % 50));
      hit.path = kept.emplace_back("/page" + std::to_string(random_() % 12));
      hit.session = kept.emplace_back("session" + std::to_string(random_() % 40));
      // Half of them as the salt of a day makes them, for the day.
      const std::string day = key_part(day_of(hit.time));
      hit.visitor = kept.emplace_back(random_() % 2 == 0 ? "vis" + day : "visitor" + std::to_string(random_() % 9));
      if (hit.visitor.starts_with("vis2")) hit.session = hit.visitor;
      visitors_.insert(std::string(hit.visitor));
      visit.address = StoredAddress(Address::v4(0xCB007100U + static_cast<std::uint32_t>(random_() % 20)));
      if (random_() % 10 == 0) {
        hit.kind = Kind::event;
        hit.event = "click";
      } else {
        ++pageviews_[std::string(hit.path)];
      }
      ++by_path_[std::string(hit.path)];
      ++by_ip_[visit.address.text()];
      ++by_session_[std::string(hit.session)];
      together.push_back(visit);
      if (random_() % 3 == 0 || i + 1 == visits) {
        for (std::string& text : to_messages(together)) texts.push_back(std::move(text));
        together.clear();
      }
    }
    visits_ = visits;
    std::size_t id = 0;
    for (const std::string& text : texts) {
      // A sender without an answer sends again: another message that says the same.
      const std::size_t copies = 1 + random_() % 3;
      for (std::size_t copy = 0; copy < copies; ++copy) waiting_[std::to_string(++id)] = text;
    }
  }

  std::string renumbered(const std::string& text) {
    const auto message = VisitMessage::read(text);
    std::vector<NumberedHit> hits = message->hits();
    for (NumberedHit& one : hits) one.number = random_() >> 2U;
    return to_messages(hits).front();
  }

  void give_batch(TableWriter& processor) {
    std::vector<std::string> chosen;
    for (const auto& [id, text] : waiting_) chosen.push_back(id);
    std::shuffle(chosen.begin(), chosen.end(), random_);
    chosen.resize(std::min<std::size_t>(chosen.size(), 1 + random_() % 60));
    std::vector<BatchMessage> batch;
    for (const std::string& id : chosen) {
      if (renumber) waiting_.at(id) = renumbered(waiting_.at(id));
      batch.push_back({id, waiting_.at(id)});
    }
    const ProcessedBatch processed = process_batch(batch, processor, [](std::string_view) {});
    if (!calm_ && chance(odds_.crash)) return;  // nobody hears that it is done
    for (const std::string& id : chosen) {
      const bool failed = std::find(processed.failed.begin(), processed.failed.end(), id) != processed.failed.end();
      // SQS gives a message again now and then although it was removed.
      if (!failed && !chance(calm_ ? 0 : 0.05)) waiting_.erase(id);
    }
  }

  std::mt19937_64 random_;
  Odds odds_;
  bool calm_ = false;
  FakeCrypto crypto_;
  FakeClock clock_;
  MemoryTable table_;
  TableLayout layout_;
  FakeCompression compression_;
  FakeUserAgents user_agents_;
  FakeReferrers referrers_;
  StatsKnowledge knowledge_{user_agents_, referrers_, SipKey{5, 6}};
  DaySummer summer_{table_, layout_, compression_, crypto_, clock_, knowledge_, [](std::string_view) {}};
  std::map<std::string, std::string> waiting_;  // by id
  std::size_t visits_ = 0;
  std::map<std::string, std::uint64_t> pageviews_, by_path_, by_ip_, by_session_;
  std::set<std::string> visitors_;
};

int rounds(int usual) { return std::getenv("FOOTFALL_LONG") != nullptr ? usual * 100 : usual; }

void play(const Odds& odds, int count) {
  for (int round = 0; round < count; ++round) {
    const std::uint64_t seed = 1'000 + static_cast<std::uint64_t>(round);
    SCOPED_TRACE("seed " + std::to_string(seed));
    Simulation simulation(seed, odds);
    simulation.run(200);
    simulation.expect_exact();
    if (testing::Test::HasFailure()) return;
  }
}

TEST(CloudSimulation, DuplicatesInAnyOrderCountOnce) { play({}, rounds(5)); }
TEST(CloudSimulation, LostRepliesNeitherLoseNorDouble) { play({.lose_reply = 0.3}, rounds(10)); }
TEST(CloudSimulation, ThrottlingLosesNothing) { play({.refuse = 0.7}, rounds(10)); }
TEST(CloudSimulation, FunctionsThatEndInTheMiddleLoseNothing) { play({.crash = 0.5}, rounds(5)); }
TEST(CloudSimulation, AllOfItTogether) { play({.refuse = 0.2, .lose_reply = 0.2, .crash = 0.3}, rounds(20)); }

// What keeps it exact are the numbers of visits: without them, the same simulation finds the fault.
TEST(CloudSimulation, FindsVisitsThatAreCountedTwice) {
  Simulation simulation(1'000, {});
  simulation.renumber = true;
  simulation.run(200);
  EXPECT_GT(simulation.total_counted(), simulation.total_made());
}

}  // namespace
}  // namespace footfall
