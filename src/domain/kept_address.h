// An address as it is kept: itself, its network, an opaque number, or nothing.
//
// Pure. The opaque number is a keyed hash: without the key nobody can go back from it, with the key an address can
// still be looked up. The key lasts as long as the data folder, so that one address is one number for ever.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/siphash.h"
#include "domain/address.h"
#include "domain/site.h"

namespace footfall {

class StoredAddress {
 public:
  // Address: the 16 bytes are those of an address or of its network. The numbers are kept on disk.
  enum class Form : std::uint8_t { address = 0, hash = 1 };

  StoredAddress() = default;  // nothing
  explicit StoredAddress(const Address& address) : bytes_(address.bytes()) {}
  StoredAddress(Form form, const std::array<std::uint8_t, 16>& bytes) : form_(form), bytes_(bytes) {}

  // Reads what `text` writes: "203.0.113.9", "2001:db8::1" or "hashed:" and 22 characters of base64url.
  static std::optional<StoredAddress> parse(std::string_view text);

  [[nodiscard]] bool is_none() const { return *this == StoredAddress(); }
  [[nodiscard]] Form form() const { return form_; }
  [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  // "" for nothing.
  [[nodiscard]] std::string text() const;

  friend auto operator<=>(const StoredAddress&, const StoredAddress&) = default;

 private:
  Form form_ = Form::address;
  std::array<std::uint8_t, 16> bytes_{};
};

class AddressKeeper {
 public:
  explicit AddressKeeper(const SipKey& key);

  // No address stays none whatever is kept.
  [[nodiscard]] StoredAddress keep(const Address& address, KeptAddress how) const;

 private:
  SipKey first_;
  SipKey second_;
};

}  // namespace footfall
