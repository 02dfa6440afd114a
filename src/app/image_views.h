// Which fetches of a counting image are one view.
//
// An image that counts (`?count=1`) is fetched by browsers, and by proxies such as GitHub's that fetch for many people
// from few addresses and tell nothing about them. So an address says nothing about who looks, and a fetch is a view,
// but for one case: for one second after a fetch was counted, the same image fetched again by the same address and
// user agent is a retry, or the other half of a pair of parallel fetches, and is not counted again. The second begins
// with the fetch that was counted: one that repeats for ever is counted once a second.
// Any thread. Bounded: with more images in a second than it can remember, the oldest are forgotten, and counted.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <unordered_map>

#include "base/guarded.h"
#include "base/siphash.h"
#include "base/time.h"
#include "domain/address.h"
#include "ports/clock.h"

namespace footfall {

class ImageViews {
 public:
  ImageViews(const Clock& clock, const SipKey& key) : clock_(clock), key_(key) {}

  using Fetch = std::uint64_t;
  [[nodiscard]] Fetch fetch(std::string_view site, std::string_view key, const Address& address,
                            std::string_view user_agent) const;

  // True if the fetch is a view of its own: it is to be counted. It is remembered then.
  bool take(Fetch fetch);
  // It could not be counted after all: a retry is no repetition.
  void give_back(Fetch fetch);

 private:
  struct State {
    std::unordered_map<Fetch, Instant> counted;
    std::deque<std::pair<Instant, Fetch>> order;
  };

  const Clock& clock_;
  const SipKey key_;
  Guarded<State> state_;
};

}  // namespace footfall
