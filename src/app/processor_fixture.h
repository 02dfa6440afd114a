// A processor between a journal and a store in memory, for tests of what it stores and of what it lets go.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/collector.h"
#include "app/processor.h"
#include "base/guarded.h"
#include "testing/fake_clock.h"
#include "testing/fake_crypto.h"
#include "testing/fake_knowledge.h"
#include "testing/memory_file.h"
#include "testing/memory_journal.h"
#include "testing/memory_store.h"

namespace footfall {

class ProcessorTest : public testing::Test {
 protected:
  void SetUp() override {
    salts_ = std::move(*Salts::open(salts_file_, crypto_, clock_));
    registry_ = std::move(*Registry::open(registry_file_, crypto_, clock_));
    ASSERT_TRUE(registry_->put_site({"example.com", {}}));
    collector_ = std::move(*Collector::restore(journal_, clock_, SipKey{1, 2}, {}));
    restart();
  }
  void TearDown() override { processor_.reset(); }

  // A new process over the same journal and store.
  void restart() {
    processor_.reset();
    processor_ = std::make_unique<Processor>(
        journal_, store_, *salts_, *registry_, Knowledge{user_agents_, places_, referrers_}, live_, clock_,
        SipKey{1, 2}, [this](std::string_view line) { log_.with([&](auto& lines) { lines.emplace_back(line); }); },
        settings_);
  }

  void view(std::string_view path, const char* ip = "203.0.113.9") {
    Hit hit;
    hit.time = clock_.now();
    hit.site = "example.com";
    hit.path = path;
    hit.ip = *Address::parse(ip);
    hit.user_agent = "Firefox";
    ASSERT_TRUE(collector_->record(hit));
  }
  void engage(std::string_view path, std::uint32_t engaged_ms) {
    Engagement engagement;
    engagement.time = clock_.now();
    engagement.site = "example.com";
    engagement.path = path;
    engagement.ip = *Address::parse("203.0.113.9");
    engagement.user_agent = "Firefox";
    engagement.engaged_ms = engaged_ms;
    ASSERT_TRUE(collector_->record(engagement));
  }

  [[nodiscard]] std::vector<std::string> stored_paths() const {
    std::vector<std::string> paths;
    for (const StoredVisit& visit : store_.visits()) paths.push_back(visit.path);
    return paths;
  }
  // Every record of the journal is in the store, once, in order.
  void expect_all_stored_once(std::size_t hits) {
    const auto visits = store_.visits();
    EXPECT_EQ(visits.size(), hits);
    for (std::size_t i = 1; i < visits.size(); ++i) EXPECT_LT(visits[i - 1].position, visits[i].position);
    EXPECT_EQ(*store_.offset(), journal_.durable());
    EXPECT_EQ(processor_->health().committed, journal_.durable());
  }
  [[nodiscard]] std::size_t log_lines() {
    return log_.with([](const auto& lines) { return lines.size(); });
  }

  FakeClock clock_;
  FakeCrypto crypto_;
  MemoryFile salts_file_, registry_file_;
  std::unique_ptr<Salts> salts_;
  std::unique_ptr<Registry> registry_;
  MemoryJournal journal_{clock_};
  MemoryStore store_;
  FakeUserAgents user_agents_;
  FakePlaces places_;
  FakeReferrers referrers_;
  LiveFeed live_{clock_};
  ProcessorSettings settings_{.batch_wait = Milliseconds(1), .reopen_wait = Milliseconds(1)};
  std::unique_ptr<Collector> collector_;
  std::unique_ptr<Processor> processor_;
  Guarded<std::vector<std::string>> log_;
};

}  // namespace footfall
