#include "adapters/duckdb/row_sql.h"

#include <gtest/gtest.h>

namespace footfall::duckdb {
namespace {

TEST(RowSql, AnAddressIsANumberWhoseFirstByteWeighsMost) {
  const auto v4 = StoredAddress::parse("203.0.113.9");
  EXPECT_EQ(wide_of(*v4), (Wide{0x0000FFFFCB007109, 0}));
  const auto v6 = StoredAddress::parse("2001:db8::1");
  EXPECT_EQ(wide_of(*v6), (Wide{1, 0x20010DB800000000}));
  const auto hashed = StoredAddress::parse("hashed:AAECAwQFBgcICQoLDA0ODw");
  EXPECT_EQ(wide_of(*hashed), (Wide{0x08090A0B0C0D0E0F, 0x0001020304050607}));
  EXPECT_EQ(address_of(wide_of(*v4), 0), *v4);
  EXPECT_EQ(address_of(wide_of(*v6), 0), *v6);
  EXPECT_EQ(address_of(wide_of(*hashed), 1), *hashed);
  EXPECT_TRUE(address_of({}, 0).is_none());
}

TEST(RowSql, AUuidIsANumberInTheSameWay) {
  const std::string text = "0193a5f0-1234-7abc-8def-0123456789ab";
  const auto wide = wide_of_uuid(text);
  ASSERT_TRUE(wide);
  EXPECT_EQ(*wide, (Wide{0x8DEF0123456789AB, 0x0193A5F012347ABC}));
  EXPECT_EQ(uuid_text(*wide), text);
  EXPECT_EQ(wide_of_uuid("0193A5F0-1234-7ABC-8DEF-0123456789AB"), wide);
  EXPECT_FALSE(wide_of_uuid("0193a5f0-1234-7abc-8def-0123456789a"));
  EXPECT_FALSE(wide_of_uuid(""));
}

TEST(RowSql, NumbersStandInTheStatementAsValuesOnly) {
  Sql sql;
  EXPECT_EQ(in_numbers(sql, "v.path", "UINTEGER", {}), "false");
  EXPECT_EQ(in_numbers(sql, "v.path", "UINTEGER", std::vector<std::uint64_t>{7}), "v.path = $1::UINTEGER");
  EXPECT_EQ(in_numbers(sql, "v.path", "UINTEGER", std::vector<std::uint64_t>{8, 9}),
            "v.path IN ($2::UINTEGER, $3::UINTEGER)");
  EXPECT_EQ(sql.values.size(), 3U);
}

}  // namespace
}  // namespace footfall::duckdb
