#include "app/cloud/day_salts.h"

#include <array>
#include <cstring>

#include "base/text.h"

namespace footfall {
namespace {

constexpr std::chrono::days kept{2};
constexpr std::size_t known_max = 3;

}  // namespace

Result<SipKey> DaySalts::of(Day day) {
  if (const auto found = known_.find(day); found != known_.end()) return found->second;
  std::array<std::byte, sizeof(SipKey)> random{};
  crypto_.random(random);
  Item item{{"S#salts", to_date(day)}, {{"salt", to_base64url(random)}}};
  item.values["ttl"] =
      std::chrono::duration_cast<std::chrono::seconds>((day + kept + std::chrono::days(1)).time_since_epoch()).count();
  // Looked for first: once a day it is not there.
  auto there = table_.get(item.key);
  if (!there) return there.error();
  if (!*there) {
    // Whoever comes second takes the first one's; so does who got no answer.
    const auto put = table_.put_if(item, {});
    if (!put && put.error().code != ErrorCode::unknown_result) return put.error();
    there = table_.get(item.key);
    if (!there) return there.error();
  }
  const auto bytes = *there ? from_base64url((**there).text("salt")) : std::nullopt;
  if (!bytes || bytes->size() != sizeof(SipKey)) return Error{ErrorCode::corrupt, "the salt of the day is damaged"};
  SipKey salt;
  std::memcpy(&salt, bytes->data(), sizeof salt);
  if (known_.size() >= known_max) known_.clear();
  known_.emplace(day, salt);
  return salt;
}

}  // namespace footfall
