#include "app/readmission.h"

#include <chrono>
#include <vector>

#include "domain/limits.h"

namespace footfall {
namespace {

// The answer must be there within request_time_max.
constexpr std::chrono::seconds round_time_max{6};
constexpr std::chrono::seconds settle_patience{5};
// What was re-admitted is safe; that it shows is worth a short wait.
constexpr std::chrono::seconds show_patience{2};

// Views into the row.
Readmitted readmitted(const DroppedRow& row) {
  Readmitted readmitted;
  readmitted.dropped = row.position;
  Hit& hit = readmitted.hit;
  hit.time = row.time;
  hit.site = row.site;
  hit.path = row.path;
  hit.query = row.query;
  hit.title = row.title;
  hit.referrer = row.referrer;
  hit.event = row.event;
  hit.kind = row.kind;
  hit.source = row.source;
  hit.interactive = row.interactive;
  hit.mark = row.mark;
  const StoredAddress address = StoredAddress::parse(row.ip).value_or(StoredAddress());
  if (address.form() == StoredAddress::Form::hash) {
    readmitted.hashed = address;
  } else {
    hit.ip = Address(address.bytes());
  }
  hit.user_agent = row.user_agent;
  hit.session = row.session;
  hit.visitor = row.visitor;
  hit.props = row.props;
  hit.id = row.id;
  return readmitted;
}

}  // namespace

// Waits until everything that was appended before this call is in the store.
Result<Done> Readmission::settle(std::chrono::milliseconds patience) {
  const Position next = journal_.next();
  if (next == 0) return Done{};
  if (auto durable = journal_.wait_until_durable(next - 1, patience); !durable) return durable;
  return processor_.wait_until_stored(next, patience);
}

Result<Readmission::Readmissions> Readmission::readmit(const DroppedFilter& filter) {
  const std::lock_guard lock(one_at_a_time_);
  if (const auto settled = settle(settle_patience); !settled) return settled.error();
  const auto end = std::chrono::steady_clock::now() + round_time_max;
  Readmissions done;
  std::optional<VisitCursor> after;
  while (true) {
    const auto page = reader_.dropped(filter, VisitOrder::oldest_first, readmit_at_once, after);
    if (!page) return page.error();
    if (page->rows.empty()) break;
    std::vector<Readmitted> readmissions;
    readmissions.reserve(page->rows.size());
    for (const DroppedRow& row : page->rows) readmissions.push_back(readmitted(row));
    const auto position = collector_.readmit(readmissions);
    if (!position) return position.error();
    done.newest = *position;
    done.hits += readmissions.size();
    after = page->next;
    if (!after) break;
    if (std::chrono::steady_clock::now() >= end) {
      done.more = true;
      break;
    }
  }
  if (done.hits > 0) static_cast<void>(settle(show_patience));
  return done;
}

}  // namespace footfall
