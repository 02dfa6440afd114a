#include "base/time.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

// 2026-11-21T09:03:00Z
constexpr std::int64_t nine_past = 1'795'251'780'000;

TEST(Time, IsWrittenInUtcToTheMillisecond) {
  struct Row {
    const char* because;
    std::int64_t milliseconds;
    const char* text;
  };
  for (const auto& row :
       {Row{"the epoch", 0, "1970-01-01T00:00:00.000Z"}, Row{"a moment", nine_past + 7, "2026-11-21T09:03:00.007Z"},
        Row{"before the epoch", -1, "1969-12-31T23:59:59.999Z"},
        Row{"a leap day", 1'709'164'800'000, "2024-02-29T00:00:00.000Z"}}) {
    SCOPED_TRACE(row.because);
    EXPECT_EQ(to_rfc3339(instant_of(row.milliseconds)), row.text);
    EXPECT_EQ(milliseconds_of(*parse_time(row.text)), row.milliseconds);
  }
}

TEST(Time, IsReadAsRfc3339Says) {
  struct Row {
    const char* because;
    const char* text;
    std::int64_t milliseconds;
  };
  for (const auto& row : {
           Row{"without a fraction", "2026-11-21T09:03:00Z", nine_past},
           Row{"in lower case", "2026-11-21t09:03:00z", nine_past},
           Row{"with a space, as RFC 3339 §5.6 allows", "2026-11-21 09:03:00Z", nine_past},
           Row{"a tenth", "2026-11-21T09:03:00.5Z", nine_past + 500},
           Row{"a fraction is cut, not rounded", "2026-11-21T09:03:00.9999999Z", nine_past + 999},
           Row{"east of Greenwich", "2026-11-21T10:03:00+01:00", nine_past},
           Row{"west, across midnight", "2026-11-20T22:33:00-10:30", nine_past},
           Row{"a leap second runs into the next minute", "2026-11-21T09:02:60Z", nine_past},
           Row{"a date is its midnight", "2026-11-21", nine_past - 9 * 3'600'000 - 180'000},
       }) {
    SCOPED_TRACE(row.because);
    const auto time = parse_time(row.text);
    ASSERT_TRUE(time) << time.error().what;
    EXPECT_EQ(milliseconds_of(*time), row.milliseconds);
  }
}

TEST(Time, IsRefusedWhenAnyPartOfItIsWrong) {
  for (const char* text : {"",
                           "yesterday",
                           "2026",
                           "2026-11",
                           "2026-13-01",
                           "2026-00-10",
                           "2026-11-31",
                           "2025-02-29",
                           "2026-11-00",
                           "2026-11-21T",
                           "2026-11-21T09",
                           "2026-11-21T09:03Z",
                           "2026-11-21T09:03:00",
                           "2026-11-21T24:00:00Z",
                           "2026-11-21T09:60:00Z",
                           "2026-11-21T09:03:61Z",
                           "2026-11-21T09:03:00.Z",
                           "2026-11-21T09:03:00,5Z",
                           "2026-11-21T09:03:00+1:00",
                           "2026-11-21T09:03:00+0100",
                           "2026-11-21T09:03:00+24:00",
                           "2026-11-21T09:03:00+01:60",
                           "2026-11-21T09:03:00Zx",
                           "2026-11-21T09:03:00 Z",
                           "2026-11-21X09:03:00Z",
                           "2026/11/21",
                           "26-11-21T09:03:00Z",
                           "2026-11-21T-9:03:00Z",
                           "+2026-11-2",
                           "2026-11-21Z",
                           "1795251780"}) {
    SCOPED_TRACE(text);
    const auto time = parse_time(text);
    ASSERT_FALSE(time);
    EXPECT_EQ(time.error().code, ErrorCode::invalid);
  }
}

TEST(Date, IsReadAndWrittenAsYearMonthDay) {
  EXPECT_EQ(to_date(day_of(instant_of(nine_past))), "2026-11-21");
  EXPECT_EQ(to_date(*parse_date("2026-11-21")), "2026-11-21");
  EXPECT_EQ(to_date(*parse_date("0001-01-01")), "0001-01-01");
  EXPECT_EQ(to_date(*parse_date("9999-12-31")), "9999-12-31");
  for (const char* text : {"", "2026-11-21T", "2026-1-21", "2026-02-30", "abcd-ef-gh", "2026-11-2 "}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_date(text));
  }
}

TEST(Day, BeginsAtMidnightUtcAlsoBeforeTheEpoch) {
  const Day day = *parse_date("2026-11-21");
  EXPECT_EQ(day_of(Instant(day)), day);
  EXPECT_EQ(day_of(Instant(day) - Milliseconds(1)), day - std::chrono::days(1));
  EXPECT_EQ(to_date(day_of(instant_of(-1))), "1969-12-31");
}

TEST(HttpDate, IsWrittenInOneFormAndReadInThree) {
  const auto moment = std::chrono::floor<std::chrono::seconds>(*parse_time("1994-11-06T08:49:37Z"));
  const auto now = std::chrono::floor<std::chrono::seconds>(instant_of(nine_past));
  EXPECT_EQ(to_http_date(moment), "Sun, 06 Nov 1994 08:49:37 GMT");
  for (const char* text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(parse_http_date(text, now), moment);
  }
  EXPECT_EQ(to_http_date(*parse_http_date("Saturday, 21-Nov-26 09:03:00 GMT", now)), "Sat, 21 Nov 2026 09:03:00 GMT");
  EXPECT_EQ(to_http_date(*parse_http_date("Sat Nov 21 09:03:00 2026", now)), "Sat, 21 Nov 2026 09:03:00 GMT");
}

TEST(HttpDate, IsNotReadFromAnythingElse) {
  const auto now = std::chrono::floor<std::chrono::seconds>(instant_of(nine_past));
  for (const char* text :
       {"", "0", "2026-11-21T09:03:00Z", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08-49-37 GMT", "Sun, +6 Nov 1994 08:49:37 GMT", "Non, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT", "Sun Nov 6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT", ","}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(parse_http_date(text, now), std::nullopt);
  }
}

}  // namespace
}  // namespace footfall
