// A VisitReader over a MemoryStore, for tests of what asks it.
//
// It answers lookups for real; of stats it keeps the question and gives the answer that the test put there.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "domain/public_id.h"
#include "ports/visit_reader.h"
#include "testing/memory_store.h"

namespace footfall {

class MemoryReader final : public VisitReader {
 public:
  MemoryReader(const MemoryStore& store, const PublicIds& ids) : store_(store), ids_(ids) {}

  Result<VisitPage> visits(const VisitFilter& filter, VisitOrder order, std::size_t limit,
                           const std::optional<VisitCursor>& after) override {
    if (fault) return *fault;
    std::vector<VisitRow> rows = matching(filter);
    if (order == VisitOrder::newest_first) std::reverse(rows.begin(), rows.end());
    if (after) {
      std::erase_if(rows, [&](const VisitRow& row) {
        const auto place = std::pair(row.time, row.position), end = std::pair(after->time, after->position);
        return order == VisitOrder::newest_first ? place >= end : place <= end;
      });
    }
    VisitPage page;
    page.rows.assign(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(std::min(limit, rows.size())));
    if (rows.size() > limit) page.next = VisitCursor{page.rows.back().time, page.rows.back().position};
    return page;
  }
  Result<std::uint64_t> count(const VisitFilter& filter) override { return matching(filter).size(); }
  Result<CounterCounts> counted(const CounterQuestion& question) override {
    ++counter_questions;
    if (on_counter_question) on_counter_question();
    if (fault) return *fault;
    CounterCounts counts;
    std::set<VisitorNumber> visitors;
    for (const StoredVisit& visit : store_.visits()) {
      if (visit.site != question.site || visit.kind == Kind::event) continue;
      if (!question.total && visit.path != question.key) continue;
      if ((question.from && visit.time < *question.from) || (question.to && visit.time >= *question.to)) continue;
      ++counts.pageviews;
      visitors.insert(visit.visitor);
    }
    counts.visitors = visitors.size();
    if (!question.total) {
      counts.increments = store_.increased(question.site, question.key, question.from, question.to);
    }
    return counts;
  }
  Result<std::vector<Position>> positions(const VisitFilter& filter, std::size_t positions_max) override {
    if (fault) return *fault;
    std::vector<Position> found;
    for (const VisitRow& row : matching(filter)) found.push_back(row.position);
    if (found.size() > positions_max) return Error{ErrorCode::too_large, "too many visits match"};
    std::sort(found.begin(), found.end());
    return found;
  }
  Result<std::vector<TopRow>> top(const VisitFilter& filter, TopBy by, std::size_t limit) override {
    if (fault) return *fault;
    std::map<std::string, TopRow> counted;
    for (const VisitRow& row : matching(filter)) {
      const std::string& value = by == TopBy::ip ? row.ip : by == TopBy::session ? row.session : row.path;
      TopRow& top = counted.try_emplace(value, TopRow{value, 0, row.time, row.time}).first->second;
      ++top.visits;
      top.last = row.time;
    }
    std::vector<TopRow> rows;
    for (const auto& [value, row] : counted) rows.push_back(row);
    std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.visits > b.visits; });
    rows.resize(std::min(limit, rows.size()));
    return rows;
  }
  Result<std::unique_ptr<BodySource>> parquet(const VisitFilter&, VisitOrder, std::size_t limit) override {
    if (fault) return *fault;
    parquet_limit = limit;
    return std::unique_ptr<BodySource>(std::make_unique<Bytes>());
  }
  Result<StatsResult> stats(const StatsQuery& query) override {
    if (fault) return *fault;
    asked = query;
    return answer;
  }
  Result<std::optional<VisitRow>> find(const std::string& site, const std::string& id) override {
    if (fault) return *fault;
    VisitFilter of_site;
    of_site.site = site;
    for (VisitRow& row : matching(of_site)) {
      if (row.id == id) return std::optional(std::move(row));
    }
    return std::optional<VisitRow>{};
  }
  Result<std::vector<std::string>> known_ids(const std::string& site, std::span<const std::string> ids,
                                             std::optional<Instant> since) override {
    if (fault) return *fault;
    VisitFilter filter;
    filter.site = site;
    filter.from = since;
    std::vector<std::string> known;
    for (const VisitRow& row : matching(filter)) {
      if (std::find(ids.begin(), ids.end(), row.id) != ids.end()) known.push_back(row.id);
    }
    return known;
  }

  Result<DroppedPage> dropped(const DroppedFilter& filter, VisitOrder order, std::size_t limit,
                              const std::optional<VisitCursor>& after) override {
    if (fault) return *fault;
    std::vector<DroppedRow> rows = matching(filter);
    if (order == VisitOrder::newest_first) std::reverse(rows.begin(), rows.end());
    if (after) {
      std::erase_if(rows, [&](const DroppedRow& row) {
        const auto place = std::pair(row.time, row.position), end = std::pair(after->time, after->position);
        return order == VisitOrder::newest_first ? place >= end : place <= end;
      });
    }
    DroppedPage page;
    page.rows.assign(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(std::min(limit, rows.size())));
    if (rows.size() > limit) page.next = VisitCursor{page.rows.back().time, page.rows.back().position};
    return page;
  }
  Result<DroppedCounts> count_dropped(const DroppedFilter& filter) override {
    if (fault) return *fault;
    DroppedCounts counts{};
    for (const DroppedRow& row : matching(filter)) ++counts.at(static_cast<std::size_t>(row.reason));
    return counts;
  }

  // --- What a test does to it ---

  std::optional<Error> fault;  // of every question
  StatsResult answer;          // to the next stats questions
  StatsQuery asked;            // the last of them
  std::size_t parquet_limit = 0;
  std::atomic<std::size_t> counter_questions{0};  // how often `counted` was asked
  std::function<void()> on_counter_question;      // called each time, on the thread that asks

 private:
  class Bytes final : public BodySource {
   public:
    Result<std::string> next() override { return std::exchange(bytes_, ""); }

   private:
    std::string bytes_ = "PAR1";
  };

  [[nodiscard]] std::vector<DroppedRow> matching(const DroppedFilter& filter) const {
    std::vector<DroppedRow> rows = store_.dropped();
    const auto is = [](const std::optional<std::string>& wanted, const std::string& value) {
      return !wanted || *wanted == value;
    };
    std::erase_if(rows, [&](const DroppedRow& row) {
      return row.site != filter.site || (filter.reason && row.reason != *filter.reason) ||
             (filter.ip && row.ip != *filter.ip && row.ip != filter.hashed_ip) || !is(filter.path, row.path) ||
             !is(filter.event, row.event) || !is(filter.session, row.session) || !is(filter.visitor, row.visitor) ||
             (filter.from && row.time < *filter.from) || (filter.to && row.time >= *filter.to) ||
             (filter.positions &&
              std::find(filter.positions->begin(), filter.positions->end(), row.position) == filter.positions->end());
    });
    std::sort(rows.begin(), rows.end(), [](const DroppedRow& a, const DroppedRow& b) {
      return std::pair(a.time, a.position) < std::pair(b.time, b.position);
    });
    return rows;
  }
  // In order of (time, position).
  [[nodiscard]] std::vector<VisitRow> matching(const VisitFilter& filter) const {
    std::vector<VisitRow> rows;
    const auto is = [](const std::optional<std::string>& wanted, const std::string& value) {
      return !wanted || *wanted == value;
    };
    for (const StoredVisit& visit : store_.visits()) {
      VisitRow row = row_of(visit);
      if (row.site == filter.site && (is(filter.ip, row.ip) || row.ip == filter.hashed_ip) &&
          is(filter.path, row.path) && is(filter.session, row.session) && is(filter.visitor, row.visitor) &&
          is(filter.event, row.event) && (!filter.from || row.time >= *filter.from) &&
          (!filter.to || row.time < *filter.to)) {
        rows.push_back(std::move(row));
      }
    }
    std::sort(rows.begin(), rows.end(), [](const VisitRow& a, const VisitRow& b) {
      return std::pair(a.time, a.position) < std::pair(b.time, b.position);
    });
    return rows;
  }
  [[nodiscard]] VisitRow row_of(const StoredVisit& visit) const {
    VisitRow row;
    row.position = visit.position;
    row.id = visit.id.empty() ? ids_.visit_id(visit.time, visit.position) : visit.id;
    row.time = visit.time;
    row.site = visit.site;
    row.path = visit.path;
    row.query = visit.query;
    row.title = visit.title;
    row.session = ids_.number_id(PublicIds::What::session, visit.session);
    row.visitor = ids_.number_id(PublicIds::What::visitor, visit.visitor);
    row.ip = visit.ip;
    row.user_agent = visit.user_agent;
    row.referrer = visit.referrer;
    row.event = visit.event;
    row.kind = visit.kind;
    row.source = visit.source;
    row.props = visit.props;
    row.country = visit.place.country;
    row.browser = visit.facts.browser;
    row.bot = visit.facts.bot;
    return row;
  }

  const MemoryStore& store_;
  const PublicIds& ids_;
};

}  // namespace footfall
