#include "domain/kept_address.h"

#include <cstring>
#include <span>

#include "base/text.h"

namespace footfall {
namespace {

constexpr std::string_view hashed_prefix = "hashed:";

}  // namespace

std::optional<StoredAddress> StoredAddress::parse(std::string_view text) {
  if (!text.starts_with(hashed_prefix)) {
    const auto address = Address::parse(text);
    if (!address) return std::nullopt;
    return StoredAddress(*address);
  }
  const auto decoded = from_base64url(text.substr(hashed_prefix.size()));
  std::array<std::uint8_t, 16> bytes{};
  if (!decoded || decoded->size() != bytes.size()) return std::nullopt;
  std::memcpy(bytes.data(), decoded->data(), bytes.size());
  const StoredAddress hashed(Form::hash, bytes);
  // The last character of 22 has two bits to spare: one hash has one text.
  if (hashed.text() != text) return std::nullopt;
  return hashed;
}

std::string StoredAddress::text() const {
  if (form_ == Form::address) return Address(bytes_).text();
  return std::string(hashed_prefix) + to_base64url(std::as_bytes(std::span(bytes_)));
}

// Two hashes of 64 bits under keys of their own: enough that no two addresses of a site ever meet.
AddressKeeper::AddressKeeper(const SipKey& key)
    : first_(derived_key(key, "addresses, first")), second_(derived_key(key, "addresses, second")) {}

StoredAddress AddressKeeper::keep(const Address& address, KeptAddress how) const {
  if (address.is_none()) return {};
  switch (how) {
    case KeptAddress::full:
      return StoredAddress(address);
    case KeptAddress::truncated:
      return StoredAddress(address.network());
    case KeptAddress::none:
      return {};
    case KeptAddress::hashed:
      break;
  }
  const std::string_view text(reinterpret_cast<const char*>(address.bytes().data()), address.bytes().size());
  std::array<std::uint8_t, 16> bytes{};
  std::size_t at = 0;
  for (const std::uint64_t word : {siphash(first_, text), siphash(second_, text)}) {
    for (unsigned i = 0; i < 8; ++i) bytes.at(at++) = static_cast<std::uint8_t>(word >> (56 - 8 * i));
  }
  return {StoredAddress::Form::hash, bytes};
}

}  // namespace footfall
