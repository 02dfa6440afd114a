#include "app/retry_window.h"

#include <cstring>

#include "domain/limits.h"

namespace footfall {

RetryWindow::RetryWindow(const SipKey& key)
    : first_(derived_key(key, "retries, first")), second_(derived_key(key, "retries, second")) {}

std::size_t RetryWindow::FirstBytes::operator()(const Id& id) const {
  std::size_t bytes = 0;
  std::memcpy(&bytes, id.data(), sizeof bytes);
  return bytes;
}

RetryWindow::Id RetryWindow::id_of(std::string_view scope, std::string_view id) const {
  // The id is hashed under the hash of its scope: no two splits of one text can meet.
  const std::uint64_t first = siphash({siphash(first_, scope), first_.high}, id);
  const std::uint64_t second = siphash({siphash(second_, scope), second_.high}, id);
  Id hashed{};
  std::memcpy(hashed.data(), &first, sizeof first);
  std::memcpy(hashed.data() + sizeof first, &second, sizeof second);
  return hashed;
}

std::optional<RetryWindow::Remembered> RetryWindow::find(std::string_view scope, std::string_view id,
                                                         Instant now) const {
  const auto found = entries_.find(id_of(scope, id));
  if (found == entries_.end() || now - found->second.recorded > retry_window) return std::nullopt;
  return found->second.what;
}

void RetryWindow::remember(std::string_view scope, std::string_view id, const Remembered& what, Instant now) {
  remember(id_of(scope, id), {what, now});
}

void RetryWindow::remember(const Id& id, const Entry& entry) {
  forget_before(entry.recorded - retry_window);
  const auto [found, added] = entries_.try_emplace(id, entry);
  if (!added) {
    // Said again after it was recorded anew.
    if (found->second.recorded > entry.recorded) return;
    found->second = entry;
  }
  order_.emplace_back(entry.recorded, id);
}

std::vector<std::pair<RetryWindow::Id, RetryWindow::Entry>> RetryWindow::all(Instant now) const {
  std::vector<std::pair<Id, Entry>> all;
  for (const auto& [recorded, id] : order_) {
    const auto found = entries_.find(id);
    if (found == entries_.end() || found->second.recorded != recorded || now - recorded > retry_window) continue;
    all.emplace_back(id, found->second);
  }
  return all;
}

void RetryWindow::forget_before(Instant moment) {
  while (!order_.empty() && (order_.front().first < moment || order_.size() >= retry_ids_max)) {
    const auto found = entries_.find(order_.front().second);
    // The same key may have been remembered again since: then this is not its last word.
    if (found != entries_.end() && found->second.recorded <= order_.front().first) entries_.erase(found);
    order_.pop_front();
  }
}

}  // namespace footfall
