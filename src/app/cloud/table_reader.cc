#include "app/cloud/table_reader.h"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "domain/limits.h"

namespace footfall {
namespace {

Error unsupported(std::string what) { return {ErrorCode::unsupported, std::move(what)}; }

const Error too_many_rows{ErrorCode::unsupported,
                          "this looks at more visits than are read from DynamoDB for one answer: narrow it by 'from' "
                          "and 'to'"};

bool matches(const VisitRow& row, const VisitFilter& filter) {
  const auto is = [](const std::optional<std::string>& wanted, const std::string& has) {
    return !wanted || *wanted == has;
  };
  return row.site == filter.site && (is(filter.ip, row.ip) || row.ip == filter.hashed_ip) &&
         is(filter.path, row.path) && is(filter.session, row.session) && is(filter.visitor, row.visitor) &&
         is(filter.event, row.event) && (!filter.from || row.time >= *filter.from) &&
         (!filter.to || row.time < *filter.to);
}

// Whether `a` stands before `b` in a list.
bool before(const VisitRow& a, const VisitRow& b, VisitOrder order) {
  const auto key_a = std::pair(a.time, a.position);
  const auto key_b = std::pair(b.time, b.position);
  return order == VisitOrder::newest_first ? key_b < key_a : key_a < key_b;
}
bool is_behind(const VisitRow& row, const VisitCursor& cursor, VisitOrder order) {
  const auto key = std::pair(row.time, row.position);
  const auto end = std::pair(cursor.time, cursor.position);
  return order == VisitOrder::newest_first ? key < end : end < key;
}

Result<std::string> value_of(const VisitRow& row, TopBy by) {
  switch (by) {
    case TopBy::ip:
      return row.ip;
    case TopBy::path:
      return row.path;
    case TopBy::session:
      return row.session;
    case TopBy::visitor:
      return row.visitor;
    case TopBy::referrer:
      return row.referrer;
    case TopBy::user_agent:
      return row.user_agent;
    case TopBy::event:
      return row.event;
    case TopBy::source:
      return std::string(name_of(row.source));
    case TopBy::country:
    case TopBy::browser:
    case TopBy::os:
    case TopBy::device:
      break;
  }
  return unsupported("'" + std::string(name_of(by)) + "' is not kept where visits rest in DynamoDB");
}

}  // namespace

std::vector<ItemQuery> TableReader::queries_of(const VisitFilter& filter) const {
  ItemQuery query;
  std::vector<ItemQuery> queries;
  if (filter.from) query.from = milliseconds_of(*filter.from);
  if (filter.to) query.to = milliseconds_of(*filter.to) - 1;
  // The narrowest first.
  if (filter.session) {
    query.index = ItemQuery::Index::by_session;
    query.partition = session_value(filter.site, *filter.session);
    queries.push_back(query);
  } else if (filter.ip) {
    query.index = ItemQuery::Index::by_ip;
    // A site may have kept addresses as they are at one time, and as their hashes at another.
    for (const auto& ip : {filter.ip, filter.hashed_ip}) {
      if (!ip) continue;
      query.partition = ip_value(filter.site, *ip);
      queries.push_back(query);
    }
  } else {
    query.index = ItemQuery::Index::by_path;
    query.partition = path_value(filter.site, *filter.path, crypto_);
    queries.push_back(query);
  }
  for (ItemQuery& one : queries) {
    if (one.partition.size() > item_pk_bytes_max) one.partition.resize(item_pk_bytes_max);  // finds nothing
  }
  return queries;
}

Result<std::vector<Day>> TableReader::days_of(const VisitFilter& filter) {
  const Day first = filter.from ? day_of(*filter.from) : Day();
  const Day last = filter.to ? day_of(*filter.to - Milliseconds(1)) : Day(std::chrono::year(9998) / 1 / 1);
  const auto days = calendar_.between(filter.site, first, last);
  if (!days) return days.error();
  std::vector<Day> all = days->open;
  for (const auto& [day, summed] : days->summed) {
    if (summed.visits > 0) all.push_back(day);
  }
  std::sort(all.begin(), all.end());
  return all;
}

Result<Done> TableReader::read_day(const VisitFilter& filter, Day day, std::size_t& looked,
                                   std::vector<VisitRow>& rows) {
  std::unordered_set<Position> numbers;
  DayPacks::Place place;
  return packs_.read(filter.site, day, place, [&](const NumberedHit& visit) -> Result<Done> {
    if (!numbers.insert(visit.number).second) return Done{};
    if (++looked > packed_visits_max) return too_many_rows;
    VisitRow row = row_of(visit);
    if (matches(row, filter)) rows.push_back(finished(std::move(row)));
    return Done{};
  });
}

Result<VisitPage> TableReader::packed_visits(const VisitFilter& filter, VisitOrder order, std::size_t limit,
                                             const std::optional<VisitCursor>& after) {
  VisitFilter narrowed = filter;
  const bool newest_first = order == VisitOrder::newest_first;
  if (after && newest_first) narrowed.to = std::min(filter.to.value_or(Instant::max()), after->time + Milliseconds(1));
  if (after && !newest_first) narrowed.from = std::max(filter.from.value_or(Instant::min()), after->time);
  auto days = days_of(narrowed);
  if (!days) return days.error();
  if (newest_first) std::reverse(days->begin(), days->end());
  VisitPage page;
  std::size_t looked = 0;
  for (const Day day : *days) {
    std::vector<VisitRow> rows;
    if (auto read = read_day(narrowed, day, looked, rows); !read) return read.error();
    if (after) std::erase_if(rows, [&](const VisitRow& row) { return !is_behind(row, *after, order); });
    std::sort(rows.begin(), rows.end(), [&](const VisitRow& a, const VisitRow& b) { return before(a, b, order); });
    for (VisitRow& row : rows) {
      if (page.rows.size() == limit) {
        page.next = VisitCursor{page.rows.back().time, page.rows.back().position};
        return page;
      }
      page.rows.push_back(std::move(row));
    }
  }
  return page;
}

Result<VisitPage> TableReader::visits(const VisitFilter& filter, VisitOrder order, std::size_t limit,
                                      const std::optional<VisitCursor>& after) {
  return is_indexed(filter) ? indexed_visits(filter, order, limit, after) : packed_visits(filter, order, limit, after);
}

VisitRow TableReader::finished(VisitRow row) const {
  if (row.id.empty()) row.id = ids_.visit_id(row.time, row.position);
  return row;
}

Result<VisitPage> TableReader::indexed_visits(const VisitFilter& filter, VisitOrder order, std::size_t limit,
                                              const std::optional<VisitCursor>& after) {
  std::vector<ItemQuery> queries = queries_of(filter);
  const bool newest_first = order == VisitOrder::newest_first;
  for (ItemQuery& query : queries) {
    query.newest_first = newest_first;
    if (!after) continue;
    // The millisecond in which the last page ended may hold rows of this one.
    const std::int64_t ended = milliseconds_of(after->time);
    if (newest_first) {
      query.to = std::min(query.to.value_or(ended), ended);
    } else {
      query.from = std::max(query.from.value_or(ended), ended);
    }
  }
  // One more than the page, and on to the end of its millisecond: rows of one millisecond come in any order.
  for (std::size_t look = limit + 1;; look *= 2) {
    const std::size_t items_max = std::min(look, table_rows_max);
    std::vector<VisitRow> rows;
    std::optional<Instant> unknown;  // where rows may be missing: from there on, in the order of the list
    for (ItemQuery& query : queries) {
      if (query.from && query.to && *query.from > *query.to) continue;
      query.items_max = items_max;
      const auto items = table_.query(query);
      if (!items) return items.error();
      std::optional<Instant> last;
      for (const Item& item : *items) {
        auto row = row_of(item);
        if (!row) continue;
        last = row->time;
        if (matches(*row, filter) && (!after || is_behind(*row, *after, order))) {
          rows.push_back(finished(std::move(*row)));
        }
      }
      if (items->size() < items_max || !last) continue;
      unknown = !unknown ? *last : newest_first ? std::max(*unknown, *last) : std::min(*unknown, *last);
    }
    if (unknown) {
      std::erase_if(rows,
                    [&](const VisitRow& row) { return newest_first ? row.time <= *unknown : row.time >= *unknown; });
      if (rows.size() <= limit) {
        if (items_max == table_rows_max) return too_many_rows;
        continue;
      }
    }
    std::sort(rows.begin(), rows.end(), [&](const VisitRow& a, const VisitRow& b) { return before(a, b, order); });
    VisitPage page;
    const bool more = rows.size() > limit;
    if (more) rows.resize(limit);
    page.rows = std::move(rows);
    if (more) page.next = VisitCursor{page.rows.back().time, page.rows.back().position};
    return page;
  }
}

Result<std::vector<VisitRow>> TableReader::all(const VisitFilter& filter) {
  std::vector<VisitRow> rows;
  if (!is_indexed(filter)) {
    const auto days = days_of(filter);
    if (!days) return days.error();
    std::size_t looked = 0;
    for (const Day day : *days) {
      if (auto read = read_day(filter, day, looked, rows); !read) return read.error();
    }
    return rows;
  }
  for (ItemQuery& query : queries_of(filter)) {
    if (query.from && query.to && *query.from > *query.to) continue;
    query.items_max = table_rows_max + 1;
    const auto items = table_.query(query);
    if (!items) return items.error();
    if (items->size() > table_rows_max) return too_many_rows;
    for (const Item& item : *items) {
      auto row = row_of(item);
      if (row && matches(*row, filter)) rows.push_back(std::move(*row));
    }
  }
  return rows;
}

Result<std::uint64_t> TableReader::count(const VisitFilter& filter) {
  const auto rows = all(filter);
  if (!rows) return rows.error();
  return std::uint64_t{rows->size()};
}

Result<std::vector<Position>> TableReader::positions(const VisitFilter& filter, std::size_t positions_max) {
  const auto rows = all(filter);
  if (!rows) return rows.error();
  if (rows->size() > positions_max) return Error{ErrorCode::too_large, "more visits match than are looked for"};
  std::vector<Position> positions;
  positions.reserve(rows->size());
  for (const VisitRow& row : *rows) positions.push_back(row.position);
  std::sort(positions.begin(), positions.end());
  return positions;
}

Result<std::vector<TopRow>> TableReader::top(const VisitFilter& filter, TopBy by, std::size_t limit) {
  if (const auto known = value_of({}, by); !known) return known.error();
  const auto rows = all(filter);
  if (!rows) return rows.error();
  std::map<std::string, TopRow> values;
  for (const VisitRow& row : *rows) {
    const auto value = value_of(row, by);
    if (!value) return value.error();
    if (value->empty()) continue;
    TopRow& top = values[*value];
    if (top.visits++ == 0) top = {*value, 1, row.time, row.time};
    top.first = std::min(top.first, row.time);
    top.last = std::max(top.last, row.time);
  }
  std::vector<TopRow> top;
  top.reserve(values.size());
  for (auto& [value, row] : values) top.push_back(std::move(row));
  std::stable_sort(top.begin(), top.end(), [](const TopRow& a, const TopRow& b) { return a.visits > b.visits; });
  if (top.size() > limit) top.resize(limit);
  return top;
}

Result<CounterCounts> TableReader::counted(const CounterQuestion& /*question*/) {
  return unsupported("a counter's number is not cut by time where visits rest in DynamoDB");
}
Result<std::unique_ptr<BodySource>> TableReader::parquet(const VisitFilter& /*filter*/, VisitOrder /*order*/,
                                                         std::size_t /*limit*/) {
  return unsupported("Parquet is not made where visits rest in DynamoDB");
}
Result<std::optional<VisitRow>> TableReader::find(const std::string& /*site*/, const std::string& /*id*/) {
  return unsupported("a visit is not found by its id where visits rest in DynamoDB");
}
Result<std::vector<std::string>> TableReader::known_ids(const std::string& /*site*/,
                                                        std::span<const std::string> /*ids*/,
                                                        std::optional<Instant> /*since*/) {
  return unsupported("ids are known for a day where visits rest in DynamoDB, and not found in its rows");
}
Result<DroppedPage> TableReader::dropped(const DroppedFilter& /*filter*/, VisitOrder /*order*/, std::size_t /*limit*/,
                                         const std::optional<VisitCursor>& /*after*/) {
  return unsupported("dropped hits are not kept where visits rest in DynamoDB");
}
Result<DroppedCounts> TableReader::count_dropped(const DroppedFilter& /*filter*/) {
  return unsupported("dropped hits are not kept where visits rest in DynamoDB");
}

}  // namespace footfall
