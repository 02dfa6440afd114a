#include "app/edge_views.h"

#include <algorithm>

#include "domain/limits.h"

namespace footfall {

std::uint64_t EdgeViews::key_of(const Hit& hit, Which which) {
  if (which == by_session && hit.session.empty()) return 0;
  text_.assign(hit.site);
  // An app that routes by the fragment reports it as part of the path; the edge never sees one.
  text_.append("\n").append(hit.path.substr(0, hit.path.find('#'))).append("\n");
  if (which == by_session) {
    text_.append(hit.session);
  } else {
    text_.append(reinterpret_cast<const char*>(hit.ip.bytes().data()), hit.ip.bytes().size()).append(hit.user_agent);
  }
  return siphash13(key_, text_) | 1U;  // never 0
}

void EdgeViews::link(Number number, Which which) {
  const std::uint64_t key = at(number).keys[which];
  if (key == 0) return;
  Chain& chain = chains_[which].try_emplace(key, Chain{number, 0}).first->second;
  if (chain.last != 0) at(chain.last).next[which] = number;
  chain.last = number;
}

void EdgeViews::unlink_first(std::uint64_t key, Which which) {
  const auto chain = chains_[which].find(key);
  const Number next = at(chain->second.first).next[which];
  if (next == 0) {
    chains_[which].erase(chain);
  } else {
    chain->second.first = next;
  }
}

void EdgeViews::add(const Hit& hit, Position position, Instant recorded) {
  forget_before(recorded - edge_view_wait);
  if (waiting_.size() >= edge_views_max) forget_oldest();
  waiting_.push_back({position, recorded, {key_of(hit, by_session), key_of(hit, by_visitor)}, {}, true});
  const Number number = first_ + waiting_.size() - 1;
  for (const Which which : {by_session, by_visitor}) link(number, which);
}

// What was taken by its other key, or by its id, leaves the chain when it is met here.
std::optional<Position> EdgeViews::take(std::uint64_t key, Which which) {
  if (key == 0) return std::nullopt;
  while (true) {
    const auto chain = chains_[which].find(key);
    if (chain == chains_[which].end()) return std::nullopt;
    Waiting& oldest = at(chain->second.first);
    unlink_first(key, which);
    oldest.keys[which] = 0;
    if (!oldest.open) continue;
    oldest.open = false;
    return oldest.position;
  }
}

std::optional<Position> EdgeViews::take(const Hit& view, Instant now) {
  forget_before(now - edge_view_wait);
  if (waiting_.empty()) return std::nullopt;
  if (const auto taken = take(key_of(view, by_session), by_session)) return taken;
  return take(key_of(view, by_visitor), by_visitor);
}

void EdgeViews::consume(Position position) {
  const auto found = std::lower_bound(waiting_.begin(), waiting_.end(), position,
                                      [](const Waiting& one, Position wanted) { return one.position < wanted; });
  if (found != waiting_.end() && found->position == position) found->open = false;
}

void EdgeViews::forget_before(Instant moment) {
  while (!waiting_.empty() && waiting_.front().recorded < moment) forget_oldest();
}

void EdgeViews::forget_oldest() {
  // It is the first of its chains: whatever was older is gone.
  for (const Which which : {by_session, by_visitor}) {
    if (const std::uint64_t key = waiting_.front().keys[which]; key != 0) unlink_first(key, which);
  }
  waiting_.pop_front();
  ++first_;
}

}  // namespace footfall
