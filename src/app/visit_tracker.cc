#include "app/visit_tracker.h"

#include <algorithm>

#include "domain/visitor.h"

namespace footfall {
namespace {

// Visitors and given sessions remembered at once; beyond it the ones not seen for longest go. A visitor of a day that
// comes back after half a million others counts as a new one: the price of bounded memory.
constexpr std::size_t remembered_max = 500'000;
// Page views of a session that later engagement can still be matched to.
constexpr std::size_t views_max = 16;

}  // namespace

VisitTracker::VisitTracker(Salts& salts, const ProcessorState& state)
    : salts_(salts), next_visitor_(state.next_visitor), next_session_(state.next_session) {
  std::unordered_map<VisitorNumber, const ProcessorState::Visitor*> by_number;
  for (const auto& visitor : state.visitors) {
    visitors_[visitor.hash].number = visitor.number;
    by_number.emplace(visitor.number, &visitor);
  }
  for (const auto& stored : state.sessions) {
    const auto owner = by_number.find(stored.visitor);
    if (owner == by_number.end()) continue;
    Session session{stored.number, {stored.started, stored.last}, {}};
    for (const auto& view : stored.views) add_view(session, path_hash(view.path), view.position);
    if (stored.key.empty()) {
      Session& newest = visitors_[owner->second->hash].session;
      if (newest.number == 0 || newest.span.last < session.span.last) newest = std::move(session);
    } else {
      given_sessions_[given_session_hash(owner->second->site, stored.key)].session = std::move(session);
    }
  }
}

std::uint64_t VisitTracker::path_hash(std::string_view path) const { return siphash(salts_.lasting(), path); }

std::uint64_t VisitTracker::given_session_hash(std::string_view site, std::string_view session) const {
  return given_visitor_hash({salts_.lasting().high, salts_.lasting().low}, site, session);
}

std::uint64_t VisitTracker::hash_of(std::string_view site, std::string_view visitor, const Address& ip,
                                    std::string_view user_agent, Day day) {
  if (!visitor.empty()) return given_visitor_hash(salts_.lasting(), site, visitor);
  if (day != salt_day_ || salt_day_ == Day{}) {
    salt_ = salts_.of(day);
    salt_day_ = day;
  }
  return visitor_hash(salt_, site, ip, user_agent);
}

VisitTracker::Visitor& VisitTracker::visitor_of(std::uint64_t hash, std::string_view site, std::string_view key,
                                                Day day) {
  Visitor& visitor = visitors_[hash];
  visitor.generation = generation_;
  if (visitor.number == 0) {
    visitor.number = next_visitor_++;
    new_visitors_.push_back({visitor.number, std::string(site), day, hash, std::string(key)});
  }
  return visitor;
}

void VisitTracker::add_view(Session& session, std::uint64_t path, Position position) {
  std::erase_if(session.views, [&](const PageView& view) { return view.path == path; });
  if (session.views.size() >= views_max) session.views.erase(session.views.begin());
  session.views.push_back({path, position});
}

VisitTracker::Tracked VisitTracker::track(const Hit& hit, Position position, const SessionRules& rules) {
  const Day day = day_of(hit.time);
  std::uint64_t hash = hash_of(hit.site, hit.visitor, hit.ip, hit.user_agent, day);
  Session* session = nullptr;
  VisitorNumber number = 0;
  if (!hit.session.empty()) {
    Visitor& visitor = visitor_of(hash, hit.site, hit.visitor, day);
    number = visitor.number;
    visitor.given = given_session_hash(hit.site, hit.session);
    GivenSession& given = given_sessions_[visitor.given];
    given.generation = generation_;
    session = &given.session;
    if (session->number == 0) {
      *session = {next_session_++, {hit.time, hit.time}, {}};
      new_sessions_.push_back({session->number, std::string(hit.session)});
    }
  } else {
    // A session that began yesterday goes on under yesterday's visitor: midnight ends nobody's visit.
    if (hit.visitor.empty() && hit.time - day < rules.max && !visitors_.contains(hash)) {
      const std::uint64_t yesterday =
          visitor_hash(salts_.of(day - std::chrono::days(1)), hit.site, hit.ip, hit.user_agent);
      const auto found = visitors_.find(yesterday);
      if (found != visitors_.end() && found->second.session.number != 0 &&
          continues(found->second.session.span, hit.time, rules)) {
        hash = yesterday;
      }
    }
    Visitor& visitor = visitor_of(hash, hit.site, hit.visitor, day);
    number = visitor.number;
    session = &visitor.session;
    if (session->number == 0 || !continues(session->span, hit.time, rules)) {
      *session = {next_session_++, {hit.time, hit.time}, {}};
    }
  }
  session->span = extended(session->span, hit.time);
  // Log lines have no engagement that comes later.
  if (hit.is_pageview() && hit.source != Source::log) add_view(*session, path_hash(hit.path), position);
  const Tracked tracked{number, session->number};
  forget_if_many();
  return tracked;
}

std::optional<VisitTracker::Completed> VisitTracker::view_of(const Session& session, std::uint64_t path) {
  const auto view = std::find_if(session.views.begin(), session.views.end(),
                                 [&](const PageView& candidate) { return candidate.path == path; });
  if (view == session.views.end()) return std::nullopt;
  return Completed{view->position, session.number};
}

std::optional<VisitTracker::Completed> VisitTracker::complete(const Engagement& engagement) {
  const std::uint64_t path = path_hash(engagement.path);
  const auto in_given = [&](std::uint64_t session) -> std::optional<Completed> {
    const auto found = given_sessions_.find(session);
    if (found == given_sessions_.end()) return std::nullopt;
    return view_of(found->second.session, path);
  };
  if (!engagement.session.empty()) {
    return in_given(given_session_hash(engagement.site, engagement.session));
  }
  const Day day = day_of(engagement.time);
  for (const Day of : {day, day - std::chrono::days(1)}) {
    const auto found =
        visitors_.find(hash_of(engagement.site, engagement.visitor, engagement.ip, engagement.user_agent, of));
    if (found == visitors_.end()) continue;
    if (const auto view = view_of(found->second.session, path)) return view;
    // A script that may not send the cookie in which the hit's session came.
    if (const auto view = in_given(found->second.given)) return view;
  }
  return std::nullopt;
}

std::vector<NewVisitor> VisitTracker::new_visitors() const {
  std::vector<NewVisitor> visitors;
  visitors.reserve(new_visitors_.size());
  for (const auto& visitor : new_visitors_) {
    visitors.push_back({visitor.number, visitor.site, visitor.day, visitor.hash, visitor.key});
  }
  return visitors;
}

std::vector<NewSession> VisitTracker::new_sessions() const {
  std::vector<NewSession> sessions;
  sessions.reserve(new_sessions_.size());
  for (const auto& session : new_sessions_) sessions.push_back({session.number, session.key});
  return sessions;
}

void VisitTracker::batch_stored() {
  new_visitors_.clear();
  new_sessions_.clear();
  ++generation_;
}

void VisitTracker::forget_if_many() {
  const auto halve = [&](auto& map) {
    if (map.size() < remembered_max) return;
    for (std::uint32_t age = generation_ / 2 + 1; map.size() > remembered_max / 2; age /= 2) {
      std::erase_if(map, [&](const auto& entry) { return generation_ - entry.second.generation >= age; });
      if (age == 0) break;
    }
  };
  halve(visitors_);
  halve(given_sessions_);
}

}  // namespace footfall
