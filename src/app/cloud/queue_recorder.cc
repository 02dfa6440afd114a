#include "app/cloud/queue_recorder.h"

#include <array>
#include <cstring>
#include <deque>

#include "base/text.h"
#include "domain/visitor.h"

namespace footfall {
namespace {

// Longer than any retry; the table lets go of them by itself.
constexpr std::chrono::hours recognized_for{24};

Position random_number(const Crypto& crypto) {
  std::array<std::byte, sizeof(Position)> bytes{};
  crypto.random(bytes);
  Position number = 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  return number >> 2U;
}

std::string id_of(std::uint64_t hash) { return to_base64url(std::as_bytes(std::span(&hash, 1))); }

}  // namespace

Result<Done> QueueRecorder::recognize(Settled& settled, std::string_view known_by) {
  NumberedHit& visit = settled.visit;
  Item item{{"I#" + std::string(visit.hit.site) + "#" + to_hex(crypto_.sha256(known_by)).substr(0, 32), "-"}, {}};
  item.values["num"] = static_cast<std::int64_t>(visit.number);
  item.values["at"] = milliseconds_of(visit.hit.time);
  item.values["session"] = std::string(visit.hit.session);
  item.values["ip"] = visit.address.text();
  item.values["path"] = std::string(visit.hit.path);
  item.values["ttl"] = milliseconds_of(clock_.now() + recognized_for) / 1'000;
  const auto put = table_.put_if(item, {});
  if (put && *put) return Done{};
  if (!put && put.error().code != ErrorCode::unknown_result) return put.error();
  const auto first = table_.get(item.key);
  if (!first) return first.error();
  // It ended this moment: then it is new.
  if (!*first) return Done{};
  const auto number = (**first).number("num");
  const auto at = (**first).number("at");
  if (!number || !at) return Error{ErrorCode::corrupt, "what was known of a repeated visit is damaged"};
  settled.repeated = static_cast<Position>(*number) != visit.number;
  if (!settled.repeated) return Done{};
  // What the key of its row is made of is the first one's: whatever else is said now, it is the same row.
  visit.number = static_cast<Position>(*number);
  visit.hit.time = instant_of(*at);
  settled.session = (**first).text("session");
  settled.path = (**first).text("path");
  visit.hit.session = settled.session;
  visit.hit.path = settled.path;
  visit.address = StoredAddress::parse((**first).text("ip")).value_or(StoredAddress());
  return Done{};
}

Result<Done> QueueRecorder::settle(Settled& into, const Hit& hit) {
  into.visit = {random_number(crypto_), hit, keeper_.keep(hit.ip, kept_of_(hit.site))};
  Hit& settled = into.visit.hit;
  if (settled.visitor.empty()) {
    const auto salt = salts_.of(day_of(hit.time));
    if (!salt) return Error{ErrorCode::unavailable, salt.error().what};
    into.visitor = id_of(visitor_hash(*salt, hit.site, hit.ip, hit.user_agent));
    settled.visitor = into.visitor;
  }
  settled.ip = Address();
  if (settled.session.empty()) settled.session = settled.visitor;
  const std::string_view known_by = hit.id.empty() ? hit.beacon : hit.id;
  if (known_by.empty()) return Done{};
  const auto recognized = recognize(into, known_by);
  if (!recognized) return Error{ErrorCode::unavailable, recognized.error().what};
  return Done{};
}

Result<std::vector<Recorded>> QueueRecorder::record(std::span<const Hit> hits) {
  std::deque<Settled> settled;  // stays where it is while it grows: hits view into it
  std::vector<NumberedHit> visits;
  std::vector<Recorded> recorded;
  for (const Hit& hit : hits) {
    if (auto done = settle(settled.emplace_back(), hit); !done) return done.error();
    const Settled& one = settled.back();
    visits.push_back(one.visit);
    recorded.push_back({one.visit.number, one.visit.hit.time, one.repeated});
  }
  const std::vector<std::string> messages = to_messages(visits);
  const std::vector<std::string_view> views(messages.begin(), messages.end());
  if (auto sent = queue_.send(views); !sent) {
    log_("visits were refused: " + sent.error().what);
    return Error{ErrorCode::unavailable, "the queue does not take visits at this moment"};
  }
  return recorded;
}

Result<Recorded> QueueRecorder::record(const Hit& hit) {
  auto recorded = record(std::span(&hit, 1));
  if (!recorded) return recorded.error();
  return recorded->front();
}

Result<Recorded> QueueRecorder::record_view(const Hit& view, std::optional<Position> /*edge_hit*/) {
  return record(view);
}

Result<Recorded> QueueRecorder::record_told_view(const Hit& view, IdProof /*proof*/) { return record(view); }

bool QueueRecorder::may_have(Position /*position*/) const { return false; }

Result<Recorded> QueueRecorder::record(const Engagement& /*engagement*/) {
  return Error{ErrorCode::unsupported, "how long a page was looked at is not kept where visits rest in DynamoDB"};
}

void QueueRecorder::count_dropped(DropReason reason) { log_("dropped: " + std::string(name_of(reason))); }

std::optional<Position> QueueRecorder::drop(const Dropped& dropped) {
  count_dropped(dropped.reason);
  return std::nullopt;
}

}  // namespace footfall
