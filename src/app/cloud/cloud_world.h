// The queue, the table and what stands between them, over fakes, for tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "app/cloud/day_summer.h"
#include "app/cloud/page_views.h"
#include "app/cloud/queue_processor.h"
#include "app/cloud/queue_recorder.h"
#include "app/cloud/table_counters.h"
#include "app/cloud/table_reader.h"
#include "testing/fake_clock.h"
#include "testing/fake_compression.h"
#include "testing/fake_crypto.h"
#include "testing/fake_knowledge.h"
#include "testing/memory_queue.h"
#include "testing/memory_table.h"

namespace footfall {

// Which visits of example.com.
inline VisitFilter every() {
  VisitFilter filter;
  filter.site = "example.com";
  return filter;
}
inline VisitFilter by_ip(std::string ip) {
  VisitFilter filter = every();
  filter.ip = std::move(ip);
  return filter;
}
inline VisitFilter by_path(std::string path) {
  VisitFilter filter = every();
  filter.path = std::move(path);
  return filter;
}
inline VisitFilter by_session(std::string session) {
  VisitFilter filter = every();
  filter.session = std::move(session);
  return filter;
}

class CloudWorld : public testing::Test {
 protected:
  Hit hit(std::string_view path = "/", std::string_view session = "abcdefghijklmnopqrstuv") {
    Hit hit;
    hit.time = clock.now();
    hit.site = "example.com";
    hit.path = path;
    hit.ip = *Address::parse("203.0.113.9");
    hit.user_agent = "Firefox";
    hit.session = session;
    return hit;
  }
  // A visit that never was in a queue.
  NumberedHit numbered(Position number, const Hit& hit) {
    NumberedHit visit{number, hit, StoredAddress(hit.ip)};
    visit.hit.ip = Address();
    return visit;
  }
  Recorded record(const Hit& hit) {
    const auto recorded = recorder.record(hit);
    EXPECT_TRUE(recorded) << recorded.error().what;
    return recorded ? *recorded : Recorded{};
  }
  // All messages, each once, as one batch; what failed stays in the queue.
  ProcessedBatch process() {
    std::vector<BatchMessage> batch;
    for (const QueuedMessage& message : queue.waiting) batch.push_back({message.id, message.body});
    const ProcessedBatch processed = process_batch(batch, writer, log);
    std::erase_if(queue.waiting, [&](const QueuedMessage& message) {
      return std::find(processed.failed.begin(), processed.failed.end(), message.id) == processed.failed.end();
    });
    return processed;
  }
  std::uint64_t counter(std::string_view key) {
    const auto value = counters.value("example.com", key);
    EXPECT_TRUE(value);
    return value ? value->value_or(0) : 0;
  }
  // Every visit that a pack holds, by its number.
  std::set<Position> packed() {
    std::set<Position> numbers;
    for (const auto& [key, values] : table.items()) {
      if (!key.pk.starts_with("P#")) continue;
      const auto visits = read_pack(Item{key, values}.bytes("data"), compression);
      EXPECT_TRUE(visits);
      for (const NumberedHit& visit : visits->hits()) numbers.insert(visit.number);
    }
    return numbers;
  }
  std::size_t rows() {
    std::size_t rows = 0;
    for (const auto& [key, values] : table.items()) rows += key.pk.starts_with("V#") ? 1U : 0U;
    return rows;
  }

  FakeClock clock;
  FakeCrypto crypto;
  MemoryQueue queue;
  MemoryTable table;
  TableLayout layout;
  PublicIds ids{SipKey{1, 2}};
  std::vector<std::string> lines;
  std::function<void(std::string_view)> log = [this](std::string_view line) { lines.emplace_back(line); };
  AddressKeeper keeper{SipKey{11, 12}};
  KeptAddress kept = KeptAddress::full;
  QueueRecorder recorder{queue, table, clock, crypto, keeper, [this](std::string_view) { return kept; }, log};
  FakeCompression compression;
  FakeUserAgents user_agents;
  FakeReferrers referrers;
  StatsKnowledge knowledge{user_agents, referrers, SipKey{5, 6}};
  TableWriter writer{table, layout, crypto, compression, clock};
  PageViews page_views{table, compression, clock, SipKey{7, 8}};
  TableCounters counters{table, page_views, crypto};
  TableStats stats{table, layout, compression, clock, knowledge};
  TableReader reader{table, layout, crypto, compression, clock, ids, stats};
  DaySummer summer{table, layout, compression, crypto, clock, knowledge, log};
};

}  // namespace footfall
