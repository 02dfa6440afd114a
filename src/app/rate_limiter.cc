#include "app/rate_limiter.h"

#include <algorithm>

namespace footfall {
namespace {

constexpr double burst_seconds = 5;
constexpr std::size_t buckets_max = 200'000;
constexpr std::size_t subscriber_bytes = 8;  // of an IPv6 address: the /64

}  // namespace

RateLimiter::RateLimiter(unsigned per_second, const Clock& clock, const SipKey& key)
    : per_second_(per_second), burst_(per_second * burst_seconds), clock_(clock), key_(key) {}

bool RateLimiter::allow(const Address& address) {
  const auto& bytes = address.bytes();
  const std::string_view counted(reinterpret_cast<const char*>(bytes.data()),
                                 address.is_v4() ? bytes.size() : subscriber_bytes);
  const Instant now = clock_.now();
  return buckets_.with([&](auto& buckets) {
    if (buckets.size() >= buckets_max) {
      std::erase_if(buckets, [&](const auto& entry) {
        return entry.second.tokens + per_second_ * std::chrono::duration<double>(now - entry.second.filled).count() >=
               burst_;
      });
      if (buckets.size() >= buckets_max) buckets.clear();
    }
    const auto [entry, is_new] = buckets.try_emplace(siphash(key_, counted), Bucket{burst_, now});
    Bucket& bucket = entry->second;
    const double elapsed = std::max(0.0, std::chrono::duration<double>(now - bucket.filled).count());
    bucket.tokens = std::min(burst_, bucket.tokens + elapsed * per_second_);
    bucket.filled = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  });
}

}  // namespace footfall
