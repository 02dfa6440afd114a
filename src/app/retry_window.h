// What was recorded lately under an id or a key of the caller's choosing, so that sending it again counts once.
//
// Remembers retry_window of time and retry_ids_max entries, whichever is less. One thread at a time. The oldest entry
// goes first, and a memory this size is a bound, not a promise beyond the window.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "app/counters.h"
#include "base/time.h"

namespace footfall {

class RetryWindow {
 public:
  struct Remembered {
    Position position = 0;
    Instant time;             // of what was recorded, which a caller may have set: part of a visit's id
    std::uint64_t value = 0;  // of a counter, as it was answered
  };

  explicit RetryWindow(const SipKey& key) : entries_(0, KeyedHash{key}) {}

  // What was recorded under `scope` and `id`, if that was within the window before `now`.
  [[nodiscard]] std::optional<Remembered> find(std::string_view scope, std::string_view id, Instant now) const;
  // `now`: the moment of recording, from which the window is counted; it does not go back.
  void remember(std::string_view scope, std::string_view id, const Remembered& what, Instant now);
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Remembered what;
    Instant recorded;
  };
  static std::string key_of(std::string_view scope, std::string_view id);
  void forget_before(Instant moment);

  TextMap<Entry> entries_;
  std::deque<std::pair<Instant, std::string>> order_;
};

}  // namespace footfall
