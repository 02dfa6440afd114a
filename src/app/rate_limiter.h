// How often one address may record: a bucket of tokens each (RFC 2697's idea: a rate and a burst).
//
// IPv6 is counted by /64, which is what one subscriber has. Memory is bounded: full buckets are forgotten. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <unordered_map>

#include "base/guarded.h"
#include "base/siphash.h"
#include "domain/address.h"
#include "ports/clock.h"

namespace footfall {

class RateLimiter {
 public:
  // `per_second` tokens a second; five seconds' worth may be used at once.
  RateLimiter(unsigned per_second, const Clock& clock, const SipKey& key);

  // Takes one token. False: there is none.
  bool allow(const Address& address);

 private:
  struct Bucket {
    double tokens = 0;
    Instant filled;
  };

  double per_second_;
  double burst_;
  const Clock& clock_;
  SipKey key_;
  Guarded<std::unordered_map<std::uint64_t, Bucket>> buckets_;
};

}  // namespace footfall
