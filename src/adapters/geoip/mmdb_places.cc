#include "adapters/geoip/mmdb_places.h"

#include <maxminddb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace footfall {
namespace {

constexpr std::size_t name_bytes_max = 128;

// Networks that are not on the internet, whatever a database makes of them (IANA's special-purpose registries).
bool is_local(const Address& address) {
  const auto& bytes = address.bytes();
  if (!address.is_v4()) {
    const bool unique_local = (bytes[0] & 0xFEU) == 0xFC;
    const bool link_local = bytes[0] == 0xFE && (bytes[1] & 0xC0U) == 0x80;
    return address.is_loopback() || address.is_none() || unique_local || link_local;
  }
  const std::span<const std::uint8_t, 4> v4(bytes.data() + 12, 4);
  return v4[0] == 0 || v4[0] == 10 || v4[0] == 127 || (v4[0] == 100 && (v4[1] & 0xC0U) == 64) ||
         (v4[0] == 169 && v4[1] == 254) || (v4[0] == 172 && (v4[1] & 0xF0U) == 16) || (v4[0] == 192 && v4[1] == 168);
}

// The text at a path of keys and indexes within an entry, or "".
template <typename... Keys>
std::string text_at(MMDB_entry_s& entry, Keys... keys) {
  MMDB_entry_data_s data{};
  if (MMDB_get_value(&entry, &data, keys..., nullptr) != MMDB_SUCCESS) return "";
  if (!data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING) return "";
  const std::string text = clean_utf8({data.utf8_string, data.data_size});
  return std::string(cut_utf8(text, name_bytes_max));
}

std::string first_of(const std::string& a, const std::string& b) { return a.empty() ? b : a; }

// Two letters, upper case, or nothing.
std::string country_code(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  const bool is_code =
      text.size() == 2 && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return is_code ? text : "";
}

class Nowhere final : public Places {
 public:
  [[nodiscard]] Place locate(const Address& /*address*/) const override { return {}; }
};

class MmdbPlaces final : public Places {
 public:
  explicit MmdbPlaces(const MMDB_s& database) : database_(database) {}
  ~MmdbPlaces() override { MMDB_close(&database_); }
  MmdbPlaces(const MmdbPlaces&) = delete;
  MmdbPlaces& operator=(const MmdbPlaces&) = delete;

  [[nodiscard]] Place locate(const Address& address) const override {
    if (is_local(address)) return {};
    int problem = MMDB_SUCCESS;
    MMDB_lookup_result_s found = look_up(address, problem);
    if (problem != MMDB_SUCCESS || !found.found_entry) return {};
    MMDB_entry_s& entry = found.entry;

    Place place;
    place.country = country_code(first_of(text_at(entry, "country_code"), text_at(entry, "country", "iso_code")));
    place.city = first_of(text_at(entry, "city"), text_at(entry, "city", "names", "en"));
    const std::string subdivision = text_at(entry, "subdivisions", "0", "iso_code");
    if (!subdivision.empty() && !place.country.empty()) {
      place.region = place.country + "-" + subdivision;
    } else {
      place.region = first_of(text_at(entry, "subdivisions", "0", "names", "en"), text_at(entry, "state1"));
    }
    return place;
  }

 private:
  MMDB_lookup_result_s look_up(const Address& address, int& problem) const {
    if (address.is_v4()) {
      sockaddr_in v4{};
      v4.sin_family = AF_INET;
      std::memcpy(&v4.sin_addr, address.bytes().data() + 12, 4);
      return MMDB_lookup_sockaddr(&database_, reinterpret_cast<const sockaddr*>(&v4), &problem);
    }
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    std::memcpy(&v6.sin6_addr, address.bytes().data(), 16);
    return MMDB_lookup_sockaddr(&database_, reinterpret_cast<const sockaddr*>(&v6), &problem);
  }

  mutable MMDB_s database_;  // its functions take no const, and change nothing
};

}  // namespace

Result<std::unique_ptr<const Places>> open_places(const std::string& path) {
  if (path.empty()) return std::unique_ptr<const Places>(std::make_unique<Nowhere>());
  MMDB_s database{};
  const int problem = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &database);
  if (problem == MMDB_SUCCESS) return std::unique_ptr<const Places>(std::make_unique<MmdbPlaces>(database));
  const bool unreadable = problem == MMDB_FILE_OPEN_ERROR || problem == MMDB_IO_ERROR;
  return Error{unreadable ? ErrorCode::not_found : ErrorCode::corrupt,
               "the database of places " + path + " cannot be opened: " + MMDB_strerror(problem)};
}

}  // namespace footfall
