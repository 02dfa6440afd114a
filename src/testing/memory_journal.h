// A Journal in memory, for tests of what stands on one.
//
// Every append commits at once, on the caller's thread, unless commits are held. testing/journal_contract.h holds it to
// what the file journal does.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "ports/clock.h"
#include "ports/journal.h"

namespace footfall {

class MemoryJournal final : public Journal {
 public:
  // `next` is the position of the first append. `clock` must outlive the journal.
  explicit MemoryJournal(const Clock& clock, Position next = 0) : clock_(clock), first_(next), durable_(next) {}

  using Journal::append;
  Result<Position> append(std::span<const std::string_view> records) override;
  [[nodiscard]] Position durable() const override;
  Result<Done> wait_until_durable(Position position, std::chrono::milliseconds patience) override;
  std::uint64_t subscribe(std::function<void()> notify) override;
  void unsubscribe(std::uint64_t subscription) override;
  [[nodiscard]] bool failed() const override;
  std::unique_ptr<JournalReader> read_from(Position from) override;
  [[nodiscard]] Position first() const override;
  [[nodiscard]] Position next() const override;
  // Keeps everything: a test may look at it.
  void release(Position position) override;
  Position part() override;
  Result<Done> discard(Position position) override;
  void limit_age(std::optional<std::chrono::seconds> age) override;
  [[nodiscard]] JournalHealth health() const override;

  // --- What a test does to it ---

  void hold_commits();                  // appends wait …
  void commit();                        // … until this, which also ends the holding
  void fail();                          // as when a write fails: what waits is lost
  void refuse(JournalRefusal refusal);  // until called with none
  [[nodiscard]] Position released() const;
  [[nodiscard]] std::optional<std::chrono::seconds> age_limit() const;

 private:
  friend class MemoryJournalReader;
  struct Kept {
    Instant appended;
    std::string bytes;
  };
  void commit_locked();
  void tell();

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Kept> records_;  // from first_ on, those that wait included
  Position first_;
  Position durable_;
  Position released_ = 0;
  std::set<Position> parted_at_;
  std::optional<std::chrono::seconds> age_limit_;
  JournalRefusal refusal_ = JournalRefusal::none;
  std::uint64_t commits_ = 0;
  bool held_ = false;
  bool failed_ = false;

  std::mutex subscriptions_mutex_;
  std::uint64_t last_subscription_ = 0;
  std::map<std::uint64_t, std::function<void()>> subscriptions_;
};

}  // namespace footfall
