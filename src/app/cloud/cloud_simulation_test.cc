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

  void run(std::size_t visits) {
    make_messages(visits);
    std::vector<TableWriter> processors(4, TableWriter(table_, layout_, crypto_, clock_));
    for (int turn = 0; !waiting_.empty(); ++turn) {
      // A table that refuses nearly everything for ever would never be done with.
      calm_ = turn > 20'000;
      give_batch(processors[random_() % processors.size()]);
    }
    calm_ = true;
  }

  MemoryTable& table() { return table_; }
  std::uint64_t total_counted() {
    return TableCounters(table_, layout_, crypto_).value("example.com", total_key)->value_or(0);
  }
  [[nodiscard]] std::uint64_t total_made() const {
    std::uint64_t total = 0;
    for (const auto& [path, count] : pageviews_) total += count;
    return total;
  }

  void expect_exact() {
    TableCounters counters(table_, layout_, crypto_);
    std::set<std::int64_t> numbers;
    std::size_t rows = 0;
    for (const auto& [key, values] : table_.items()) {
      if (!key.pk.starts_with("V#")) continue;
      ++rows;
      numbers.insert(*Item{key, values}.number("num"));
    }
    EXPECT_EQ(rows, visits_);
    EXPECT_EQ(numbers.size(), visits_);
    for (const auto& [path, count] : pageviews_) {
      EXPECT_EQ(counters.value("example.com", path)->value_or(0), count) << path;
    }
    EXPECT_EQ(total_counted(), total_made());
    // The three lookups, each against what was made.
    PublicIds ids(SipKey{1, 2});
    TableReader reader(table_, layout_, crypto_, ids);
    for (const auto& [path, count] : by_path_) {
      EXPECT_EQ(*reader.count(by_path(path)), count) << path;
    }
    for (const auto& [ip, count] : by_ip_) EXPECT_EQ(*reader.count(by_ip(ip)), count) << ip;
    for (const auto& [session, count] : by_session_) {
      EXPECT_EQ(*reader.count(by_session(session)), count) << session;
    }
  }

 private:
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
      hit.time = instant_of(1'795'251'780'000 + static_cast<std::int64_t>(random_() % 50));  // many of a millisecond
      hit.path = kept.emplace_back("/page" + std::to_string(random_() % 12));
      hit.session = kept.emplace_back("session" + std::to_string(random_() % 40));
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

  void give_batch(TableWriter& processor) {
    std::vector<std::string> chosen;
    for (const auto& [id, text] : waiting_) chosen.push_back(id);
    std::shuffle(chosen.begin(), chosen.end(), random_);
    chosen.resize(std::min<std::size_t>(chosen.size(), 1 + random_() % 60));
    std::vector<BatchMessage> batch;
    for (const std::string& id : chosen) batch.push_back({id, waiting_.at(id)});
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
  std::map<std::string, std::string> waiting_;  // by id
  std::size_t visits_ = 0;
  std::map<std::string, std::uint64_t> pageviews_, by_path_, by_ip_, by_session_;
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

// What keeps it exact is the condition: without it, the same simulation finds the fault.
TEST(CloudSimulation, FindsAProcessorThatCountsTwice) {
  Simulation simulation(1'000, {});
  simulation.table().ignores_conditions = true;
  simulation.run(200);
  EXPECT_GT(simulation.total_counted(), simulation.total_made());
}

}  // namespace
}  // namespace footfall
