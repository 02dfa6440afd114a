// Where an address is.
#pragma once

#include <string>

#include "domain/address.h"

namespace footfall {

// Empty text: not known.
struct Place {
  std::string country;  // ISO 3166-1 alpha-2, upper case
  std::string region;   // ISO 3166-2 subdivision code or its English name, as the database has it
  std::string city;     // English name

  friend bool operator==(const Place&, const Place&) = default;
};

class Places {
 public:
  virtual ~Places() = default;
  // Private, loopback and unknown addresses are nowhere. Never fails. Any thread.
  [[nodiscard]] virtual Place locate(const Address& address) const = 0;
};

}  // namespace footfall
