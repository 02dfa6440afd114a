#include "domain/public_id.h"

#include <array>

#include "base/bytes.h"
#include "base/text.h"

namespace footfall {
namespace {

constexpr int rounds = 4;
constexpr std::uint64_t half_mask_31 = (1ULL << 31U) - 1;
constexpr std::uint64_t half_mask_32 = (1ULL << 32U) - 1;

// Feistel over two halves of `bits` bits each; `purpose` makes independent permutations of one key.
std::uint64_t permute(const SipKey& key, std::uint64_t number, unsigned bits, std::uint64_t mask,
                      std::uint64_t purpose) {
  std::uint64_t left = (number >> bits) & mask;
  std::uint64_t right = number & mask;
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t mixed = siphash(key, right | (purpose << 40U) | (static_cast<std::uint64_t>(round) << 56U));
    const std::uint64_t next = left ^ (mixed & mask);
    left = right;
    right = next;
  }
  return (left << bits) | right;
}

std::uint64_t unpermute(const SipKey& key, std::uint64_t number, unsigned bits, std::uint64_t mask,
                        std::uint64_t purpose) {
  std::uint64_t left = (number >> bits) & mask;
  std::uint64_t right = number & mask;
  for (int round = rounds - 1; round >= 0; --round) {
    const std::uint64_t mixed = siphash(key, left | (purpose << 40U) | (static_cast<std::uint64_t>(round) << 56U));
    const std::uint64_t previous = right ^ (mixed & mask);
    right = left;
    left = previous;
  }
  return (left << bits) | right;
}

constexpr std::uint64_t visit_purpose = 0;
constexpr std::uint64_t check_purpose = 0x7F;

std::uint64_t visit_check(const SipKey& key, std::uint64_t encrypted) {
  return siphash(key, encrypted ^ (check_purpose << 56U)) & 0xFFFU;
}

std::string uuid_text(const std::array<std::uint8_t, 16>& bytes) {
  const std::string hex = to_hex(std::as_bytes(std::span(bytes)));
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20);
}

std::optional<std::array<std::uint8_t, 16>> uuid_bytes(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  std::size_t nibble = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = ascii_lower(text[i]);
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (c != '-') return std::nullopt;
      continue;
    }
    unsigned digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a') + 10U;
    } else {
      return std::nullopt;
    }
    bytes[nibble / 2] = static_cast<std::uint8_t>((static_cast<unsigned>(bytes[nibble / 2]) << 4U) | digit);
    ++nibble;
  }
  return bytes;
}

}  // namespace

std::string PublicIds::visit_id(Instant time, Position position) const {
  FOOTFALL_ASSERT(position < (1ULL << 62U));
  const auto milliseconds = static_cast<std::uint64_t>(milliseconds_of(time));
  const std::uint64_t encrypted = permute(key_, position, 31, half_mask_31, visit_purpose);
  const std::uint64_t high = (milliseconds << 16U) | 0x7000U | visit_check(key_, encrypted);
  const std::uint64_t low = 0x8000000000000000ULL | encrypted;
  std::array<std::uint8_t, 16> bytes{};
  for (unsigned i = 0; i < 8; ++i) {
    bytes[i] = static_cast<std::uint8_t>(high >> (56 - 8 * i));
    bytes[8 + i] = static_cast<std::uint8_t>(low >> (56 - 8 * i));
  }
  return uuid_text(bytes);
}

std::optional<Position> PublicIds::visit_position(std::string_view id) const {
  const auto bytes = uuid_bytes(id);
  if (!bytes) return std::nullopt;
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    high = (high << 8U) | (*bytes)[i];
    low = (low << 8U) | (*bytes)[8 + i];
  }
  if ((high & 0xF000U) != 0x7000U || (low >> 62U) != 2U) return std::nullopt;
  const std::uint64_t encrypted = low & ((1ULL << 62U) - 1);
  if ((high & 0xFFFU) != visit_check(key_, encrypted)) return std::nullopt;
  return unpermute(key_, encrypted, 31, half_mask_31, visit_purpose);
}

std::string PublicIds::number_id(What what, std::uint32_t number) const {
  const std::uint64_t encrypted = permute(key_, number, 32, half_mask_32, static_cast<std::uint64_t>(what));
  std::string bytes;
  ByteWriter(bytes).word64(encrypted);
  return to_base64url(bytes_of(bytes));
}

std::optional<std::uint32_t> PublicIds::number(What what, std::string_view id) const {
  if (id.size() != 11) return std::nullopt;
  const auto bytes = from_base64url(id);
  if (!bytes || bytes->size() != 8) return std::nullopt;
  const std::uint64_t number =
      unpermute(key_, ByteReader(*bytes).word64(), 32, half_mask_32, static_cast<std::uint64_t>(what));
  // The upper half of every number encrypted here was zero: 32 bits that an id made elsewhere does not get right.
  if (number >> 32U != 0) return std::nullopt;
  return static_cast<std::uint32_t>(number);
}

std::optional<std::string> canonical_uuid(std::string_view text) {
  const auto bytes = uuid_bytes(text);
  if (!bytes) return std::nullopt;
  return uuid_text(*bytes);
}

std::optional<Instant> time_of_uuid(std::string_view text) {
  const auto bytes = uuid_bytes(text);
  if (!bytes || (*bytes)[6] >> 4U != 7 || (*bytes)[8] >> 6U != 2) return std::nullopt;
  std::int64_t milliseconds = 0;
  for (std::size_t i = 0; i < 6; ++i) milliseconds = milliseconds * 256 + (*bytes)[i];
  return instant_of(milliseconds);
}

}  // namespace footfall
