#include "app/once_window.h"

namespace footfall {

// What is hashed is hashed already, by keys that nobody knows: folding it into the key tells the three apart.
std::uint64_t OnceWindow::hash(std::string_view site, std::string_view key, std::uint64_t who) const {
  return siphash({siphash(key_, site), who}, key);
}

std::optional<OnceWindow::Counted> OnceWindow::find(std::string_view site, std::string_view key, std::uint64_t who,
                                                    Instant now) const {
  const auto found = entries_.find(hash(site, key, who));
  if (found == entries_.end() || now - found->second.time > once_window) return std::nullopt;
  return found->second;
}

void OnceWindow::remember(std::string_view site, std::string_view key, std::uint64_t who, const Counted& counted,
                          Instant now) {
  while (!order_.empty() && (order_.front().first < now - once_window || order_.size() >= entries_max_)) {
    const auto found = entries_.find(order_.front().second);
    // The same visitor may have counted again since, a window later.
    if (found != entries_.end() && found->second.time <= order_.front().first) entries_.erase(found);
    order_.pop_front();
  }
  const std::uint64_t entry = hash(site, key, who);
  entries_.insert_or_assign(entry, counted);
  order_.emplace_back(counted.time, entry);
}

}  // namespace footfall
