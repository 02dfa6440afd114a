#include "app/retry_window.h"

#include "domain/limits.h"

namespace footfall {

std::string RetryWindow::key_of(std::string_view scope, std::string_view id) {
  std::string key(scope);
  key.push_back('\n');  // stands in no scope: scopes are host names and counter keys without control bytes
  key.append(id);
  return key;
}

std::optional<RetryWindow::Remembered> RetryWindow::find(std::string_view scope, std::string_view id,
                                                         Instant now) const {
  const auto found = entries_.find(key_of(scope, id));
  if (found == entries_.end() || now - found->second.recorded > retry_window) return std::nullopt;
  return found->second.what;
}

void RetryWindow::remember(std::string_view scope, std::string_view id, const Remembered& what, Instant now) {
  forget_before(now - retry_window);
  std::string key = key_of(scope, id);
  entries_.insert_or_assign(key, Entry{what, now});
  order_.emplace_back(now, std::move(key));
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
