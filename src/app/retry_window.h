// What was recorded lately under an id or a key of the caller's choosing, so that sending it again counts once.
//
// Remembers retry_window of time and retry_ids_max entries, whichever is less. One thread at a time. The oldest entry
// goes first, and a memory this size is a bound, not a promise beyond the window.
// Ids are known by their keyed hash. Where the journal is dropped up to a place, what is remembered is said again
// behind it (domain/record.h): with a key that lasts, a restart understands it, and nobody can read from it what was
// dropped.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/siphash.h"
#include "base/time.h"
#include "domain/hit.h"

namespace footfall {

class RetryWindow {
 public:
  struct Remembered {
    Position position = 0;
    Instant time;             // of what was recorded, which a caller may have set: part of a visit's id
    std::uint64_t value = 0;  // of a counter, as it was answered
  };

  using Id = std::array<char, 16>;

  explicit RetryWindow(const SipKey& key);

  // What was recorded under `scope` and `id`, if that was within the window before `now`.
  [[nodiscard]] std::optional<Remembered> find(std::string_view scope, std::string_view id, Instant now) const;
  // `now`: the moment of recording, from which the window is counted; it does not go back.
  void remember(std::string_view scope, std::string_view id, const Remembered& what, Instant now);
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

  // What is in the window before `now`, to be said again, and saying it again.
  struct Entry {
    Remembered what;
    Instant recorded;
  };
  [[nodiscard]] std::vector<std::pair<Id, Entry>> all(Instant now) const;
  void remember(const Id& id, const Entry& entry);

 private:
  // An id is a hash already.
  struct FirstBytes {
    std::size_t operator()(const Id& id) const;
  };
  [[nodiscard]] Id id_of(std::string_view scope, std::string_view id) const;
  void forget_before(Instant moment);

  SipKey first_;
  SipKey second_;
  std::unordered_map<Id, Entry, FirstBytes> entries_;
  std::deque<std::pair<Instant, Id>> order_;
};

}  // namespace footfall
