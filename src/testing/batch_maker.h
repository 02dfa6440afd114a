// A batch for a VisitStore, put together record by record; it owns what the port's views and pointers point to.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "testing/memory_store.h"

namespace footfall {

class BatchMaker {
 public:
  explicit BatchMaker(Position from) : from_(from), next_(from) {}

  // The next record is a page view of a visitor nobody has to know; the rest is up to the test.
  EnrichedHit& hit(std::string_view path = "/") {
    EnrichedHit& hit = hits_.emplace_back();
    hit.position = next_++;
    hit.hit.time = instant_of(1'780'000'000'000 + static_cast<std::int64_t>(hit.position) * 1'000);
    hit.hit.site = "example.com";
    hit.hit.path = path;
    hit.visitor = 1;
    hit.session = 1;
    hit.place = &no_place_;
    hit.user_agent = &no_facts_;
    hit.referrer = &no_referrer_;
    hit.campaign = &no_campaign_;
    return hit;
  }
  EnrichedHit& event(std::string_view name, std::string_view path = "/") {
    EnrichedHit& made = hit(path);
    made.hit.kind = Kind::event;
    made.hit.event = name;
    return made;
  }
  // A hit that was dropped instead: like `hit`, without visitor and session.
  DroppedHit& dropped(std::string_view path, DropReason reason = DropReason::foreign_origin) {
    DroppedHit& made = dropped_.emplace_back();
    made.hit = hit(path);
    hits_.pop_back();
    made.hit.visitor = 0;
    made.hit.session = 0;
    made.reason = reason;
    return made;
  }
  // A hit that had been dropped with the record at `position`.
  EnrichedHit& readmitted(Position position, std::string_view path) {
    readmitted_.push_back(position);
    return hit(path);
  }
  void engagement(const MatchedEngagement& engagement) {
    ++next_;
    engagements_.push_back(engagement);
  }
  void increment(std::string_view key, std::uint64_t by, std::string_view site = "example.com") {
    StoredIncrement& made = increments_.emplace_back();
    made.position = next_++;
    made.increment.time = instant_of(0);
    made.increment.site = site;
    made.increment.key = key;
    made.increment.by = by;
  }
  void increment(const Increment& increment) { increments_.push_back({next_++, increment}); }
  void change(std::string_view key, std::string_view settings) {
    changes_.push_back({next_++, {instant_of(0), "example.com", key, settings}});
  }
  void claim(const Claim& claim) { claims_.push_back({next_++, claim}); }
  void import_mark(std::string_view site, std::string_view block) {
    ++next_;
    marks_.push_back({site, block, 1'000});
  }
  void completion(Position hit, std::string_view title, std::string_view props = {}) {
    ++next_;
    completions_.push_back({hit, title, props});
  }
  void visitor(const NewVisitor& visitor) { visitors_.push_back(visitor); }
  void session(const NewSession& session) { sessions_.push_back(session); }

  StoreBatch batch() {
    made_.assign(hits_.begin(), hits_.end());
    for (EnrichedHit& hit : made_) keep_address(hit);
    made_dropped_.assign(dropped_.begin(), dropped_.end());
    for (DroppedHit& dropped : made_dropped_) keep_address(dropped.hit);
    return {from_,     next_,    made_,   engagements_, increments_,   marks_,     visitors_,
            sessions_, changes_, claims_, completions_, made_dropped_, readmitted_};
  }
  [[nodiscard]] std::vector<StoredVisit> expected() const {
    std::vector<StoredVisit> visits;
    for (EnrichedHit hit : hits_) {
      keep_address(hit);
      visits.push_back(stored(hit));
    }
    return visits;
  }

 private:
  // All of it, where the test says nothing else.
  static void keep_address(EnrichedHit& hit) {
    if (hit.address.is_none()) hit.address = StoredAddress(hit.hit.ip);
  }

  Position from_;
  Position next_;
  std::deque<EnrichedHit> hits_;  // a reference that `hit` gave stays good
  std::vector<EnrichedHit> made_;
  std::deque<DroppedHit> dropped_;
  std::vector<DroppedHit> made_dropped_;
  std::vector<Position> readmitted_;
  std::vector<MatchedEngagement> engagements_;
  std::vector<StoredIncrement> increments_;
  std::vector<ImportMark> marks_;
  std::vector<StoredCounterChange> changes_;
  std::vector<StoredClaim> claims_;
  std::vector<NewVisitor> visitors_;
  std::vector<NewSession> sessions_;
  std::vector<StoredCompletion> completions_;
  const Place no_place_;
  const UserAgentFacts no_facts_;
  const ReferrerFacts no_referrer_;
  const Campaign no_campaign_;
};

}  // namespace footfall
