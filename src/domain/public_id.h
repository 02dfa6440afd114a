// Ids that strangers see, made from the dense numbers that the store keeps.
//
// A visit's id is a UUID version 7 (RFC 9562 §5.7) whose random bits are the encrypted journal position; ids of
// sessions and visitors are 11 characters of base64url over the encrypted number. Nothing has to be stored for them, a
// row is found by its id without an index, and they tell nobody how many there are. The key belongs to the data
// directory.
//
// Pure; costs about 0.2 µs. Encryption is a four-round Luby-Rackoff network over SipHash (Luby and Rackoff, "How to
// construct pseudorandom permutations from pseudorandom functions", 1988).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/siphash.h"
#include "base/time.h"
#include "domain/hit.h"

namespace footfall {

class PublicIds {
 public:
  explicit PublicIds(const SipKey& key) : key_(key) {}

  // "0193…-7…": sorts by time. `position` is below 2^62.
  [[nodiscard]] std::string visit_id(Instant time, Position position) const;
  // The position inside an id made with this key; nothing for any other UUID or text.
  [[nodiscard]] std::optional<Position> visit_position(std::string_view id) const;

  // Which thing a number belongs to: the same number gives different ids.
  enum class What : std::uint8_t { session = 1, visitor = 2 };
  [[nodiscard]] std::string number_id(What what, std::uint32_t number) const;
  [[nodiscard]] std::optional<std::uint32_t> number(What what, std::string_view id) const;

 private:
  SipKey key_;
};

// The canonical lower-case form of a UUID of any version, or nothing.
std::optional<std::string> canonical_uuid(std::string_view text);
// When a UUID of version 7 says that it was made; nothing for any other text.
std::optional<Instant> time_of_uuid(std::string_view text);

}  // namespace footfall
