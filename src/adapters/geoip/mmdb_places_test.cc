#include "adapters/geoip/mmdb_places.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <ostream>

#include "adapters/geoip/tiny_mmdb.h"

namespace footfall {

void PrintTo(const Place& place, std::ostream* out) {
  *out << "'" << place.country << "' '" << place.region << "' '" << place.city << "'";
}

namespace {

using tiny_mmdb::map;
using tiny_mmdb::text;

Place place_in(const Places& places, std::string_view address) {
  return places.locate(Address::parse(address).value_or(Address()));
}

class MmdbPlaces : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path()); }

  static std::string path() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    return testing::TempDir() + "footfall_places_" + test->name() + ".mmdb";
  }

  static void write(std::string_view bytes) { std::ofstream(path(), std::ios::binary) << bytes; }

  // A file in which only 203.0.113.0/24 is somewhere: under ::/96, where MaxMind DBs keep IPv4.
  static std::unique_ptr<const Places> places_with(std::string_view value) {
    std::vector<std::uint8_t> prefix(16);
    prefix[12] = 203;
    prefix[14] = 113;
    write(tiny_mmdb::file(prefix, 120, value));
    auto places = open_places(path());
    EXPECT_TRUE(places) << places.error().what;
    return std::move(places).value();
  }
};

TEST_F(MmdbPlaces, ReadsTheLayoutOfMaxMind) {
  const auto places =
      places_with(map({{"country", map({{"iso_code", text("US")}})},
                       {"subdivisions", tiny_mmdb::array_of_one(map({{"iso_code", text("CA")}}))},
                       {"city", map({{"names", map({{"de", text("Neu-Ort")}, {"en", text("Newplace")}})}})}}));
  EXPECT_EQ(place_in(*places, "203.0.113.9"), (Place{"US", "US-CA", "Newplace"}));
  EXPECT_EQ(place_in(*places, "203.0.114.9"), Place{});
}

TEST_F(MmdbPlaces, ReadsTheLayoutOfIpLocationDb) {
  const auto places =
      places_with(map({{"country_code", text("nl")}, {"state1", text("North Holland")}, {"city", text("Amsterdam")}}));
  EXPECT_EQ(place_in(*places, "203.0.113.9"), (Place{"NL", "North Holland", "Amsterdam"}));
}

TEST_F(MmdbPlaces, TakesTheNameOfARegionWithoutACode) {
  const auto places =
      places_with(map({{"country", map({{"iso_code", text("FR")}})},
                       {"subdivisions", tiny_mmdb::array_of_one(map({{"names", map({{"en", text("Brittany")}})}}))}}));
  EXPECT_EQ(place_in(*places, "203.0.113.9"), (Place{"FR", "Brittany", ""}));
}

TEST_F(MmdbPlaces, LeavesOutWhatIsNoCountryCode) {
  EXPECT_EQ(place_in(*places_with(map({{"country_code", text("Europe")}})), "203.0.113.9"), Place{});
  EXPECT_EQ(place_in(*places_with(map({{"country_code", tiny_mmdb::number(7)}})), "203.0.113.9"), Place{});
}

TEST_F(MmdbPlaces, KnowsNoPlaceOfLocalAddresses) {
  const auto places = open_places(FOOTFALL_COUNTRY_DATABASE);
  ASSERT_TRUE(places) << places.error().what;
  for (const char* address : {"10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "127.0.0.1", "169.254.1.1",
                              "100.64.0.1", "0.0.0.0", "::1", "fe80::1", "fd00::1", "::", "::ffff:10.0.0.1"}) {
    EXPECT_EQ(place_in(**places, address), Place{}) << address;
  }
}

TEST_F(MmdbPlaces, KnowsTheCountriesOfAddressesThatDoNotMove) {
  const auto places = open_places(FOOTFALL_COUNTRY_DATABASE);
  ASSERT_TRUE(places) << places.error().what;
  struct Row {
    const char* whose;
    const char* address;
    const char* country;
  };
  for (const auto& row : {
           Row{"Google's resolver", "8.8.8.8", "US"},
           Row{"the same, as IPv6 writes it", "::ffff:8.8.8.8", "US"},
           Row{"Google's resolver over IPv6", "2001:4860:4860::8888", "US"},
           Row{"RIPE NCC", "193.0.6.139", "NL"},
           Row{"RIPE NCC over IPv6", "2001:67c:2e8:22::c100:68b", "NL"},
           Row{"the University of Cambridge", "131.111.150.25", "GB"},
           Row{"the University of Tokyo", "133.11.0.1", "JP"},
           Row{"CERN", "137.138.1.1", "CH"},
           Row{"the MIT", "18.9.22.69", "US"},
           Row{"registro.br", "200.160.2.3", "BR"},
           Row{"DENIC over IPv6", "2a02:568:0:2::53", "DE"},
       }) {
    EXPECT_EQ(place_in(**places, row.address).country, row.country) << row.whose << ", " << row.address;
  }
}

TEST_F(MmdbPlaces, AreNowhereWithoutAFile) {
  const auto places = open_places("");
  ASSERT_TRUE(places);
  EXPECT_EQ(place_in(**places, "8.8.8.8"), Place{});
}

TEST_F(MmdbPlaces, SayWhatIsWrongWithAFile) {
  EXPECT_EQ(open_places("/nowhere/at/all.mmdb").error().code, ErrorCode::not_found);
  write("this is no database");
  EXPECT_EQ(open_places(path()).error().code, ErrorCode::corrupt);
  write("");
  EXPECT_FALSE(open_places(path()));
}

// A file cut short, or with a byte changed, may know less or nothing; it may not crash. The metadata at the end is
// spared: libmaxminddb 1.7.1 forgets to free some bytes when it refuses broken ones.
TEST_F(MmdbPlaces, SurvivesDamage) {
  std::vector<std::uint8_t> prefix{0x20, 0x01};
  const std::string whole = tiny_mmdb::file(prefix, 16, map({{"country_code", text("NL")}}));
  for (std::size_t i = 0; i < whole.find("\xAB\xCD\xEF"); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(~damaged[i]);
    for (const auto& bytes : {damaged, whole.substr(0, i)}) {
      write(bytes);
      const auto places = open_places(path());
      if (places) (void)place_in(**places, "2001:db8::1");
    }
  }
}

}  // namespace
}  // namespace footfall
