#include "app/api/conditional.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/time.h"

namespace footfall {
namespace {

using enum Precondition;

const char* const before = "Sat, 21 Nov 2026 09:02:59 GMT";
const char* const same = "Sat, 21 Nov 2026 09:03:00 GMT";
const char* const later = "Sat, 21 Nov 2026 09:03:01 GMT";

Validators file() {
  return {"\"v2\"", std::chrono::floor<std::chrono::seconds>(*parse_time("2026-11-21T09:03:00Z")), true};
}

struct Row {
  const char* because;
  std::vector<HeaderView> headers;
  Precondition verdict;
};

void expect(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.because);
    Request request;
    request.headers = row.headers;
    EXPECT_EQ(check_preconditions(request, file()), row.verdict);
  }
}

TEST(IfNoneMatch, SavesTheClientWhatItHas) {
  expect({{"nothing is asked", {}, holds},
          {"the same", {{"If-None-Match", "\"v2\""}}, not_modified},
          {"the name in any case", {{"if-none-match", "\"v2\""}}, not_modified},
          {"compared weakly", {{"If-None-Match", "W/\"v2\""}}, not_modified},
          {"another", {{"If-None-Match", "\"v1\""}}, holds},
          {"one of a list", {{"If-None-Match", "\"v1\", W/\"v2\" ,\"v3\""}}, not_modified},
          {"none of a list", {{"If-None-Match", "\"v1\", \"v3\""}}, holds},
          {"on a line of its own", {{"If-None-Match", "\"v1\""}, {"If-None-Match", "\"v2\""}}, not_modified},
          {"anything", {{"If-None-Match", " * "}}, not_modified},
          {"a tag with a comma inside is one tag", {{"If-None-Match", "\"a,\"v2\",b\""}}, holds},
          {"a part of another tag is not it", {{"If-None-Match", "\"xv2\""}}, holds},
          {"letter case counts", {{"If-None-Match", "\"V2\""}}, holds},
          {"no quotes", {{"If-None-Match", "v2"}}, holds},
          {"an open quote", {{"If-None-Match", "\"v2"}}, holds},
          {"a weak mark in lower case is none", {{"If-None-Match", "w/\"v2\""}}, holds},
          {"empty", {{"If-None-Match", ""}}, holds},
          {"commas", {{"If-None-Match", ",,\"v2\""}}, not_modified}});
}

TEST(IfModifiedSince, SavesTheClientWhatItHas) {
  expect({{"the same second", {{"If-Modified-Since", same}}, not_modified},
          {"later", {{"If-Modified-Since", later}}, not_modified},
          {"before", {{"If-Modified-Since", before}}, holds},
          {"in an old form", {{"If-Modified-Since", "Saturday, 21-Nov-26 09:03:00 GMT"}}, not_modified},
          {"not a date", {{"If-Modified-Since", "yesterday"}}, holds},
          {"twice", {{"If-Modified-Since", same}, {"If-Modified-Since", same}}, holds},
          {"a tag goes before it", {{"If-None-Match", "\"v1\""}, {"If-Modified-Since", later}}, holds},
          {"whichever says more", {{"If-Modified-Since", before}, {"If-None-Match", "\"v2\""}}, not_modified}});
}

TEST(IfMatch, GivesTheClientOnlyWhatItMeans) {
  expect({{"the same", {{"If-Match", "\"v2\""}}, holds},
          {"another", {{"If-Match", "\"v1\""}}, failed},
          {"compared strongly", {{"If-Match", "W/\"v2\""}}, failed},
          {"one of a list", {{"If-Match", "\"v1\", \"v2\""}}, holds},
          {"anything", {{"If-Match", "*"}}, holds},
          {"not a tag", {{"If-Match", "v2"}}, failed},
          {"the same, and the client has it", {{"If-Match", "\"v2\""}, {"If-None-Match", "\"v2\""}}, not_modified},
          {"it goes before what the client has", {{"If-Match", "\"v1\""}, {"If-None-Match", "\"v2\""}}, failed}});
}

TEST(IfUnmodifiedSince, GivesTheClientOnlyWhatItMeans) {
  expect({{"the same second", {{"If-Unmodified-Since", same}}, holds},
          {"later", {{"If-Unmodified-Since", later}}, holds},
          {"before", {{"If-Unmodified-Since", before}}, failed},
          {"not a date", {{"If-Unmodified-Since", "1"}}, holds},
          {"a tag goes before it", {{"If-Match", "\"v2\""}, {"If-Unmodified-Since", before}}, holds}});
}

TEST(IfRange, LetsOnlyPartsOfTheSameVersionBeAdded) {
  struct Part {
    const char* because;
    std::vector<HeaderView> headers;
    bool date_is_exact;
    bool may;
  };
  for (const auto& row :
       {Part{"nothing is asked", {}, true, true}, Part{"the same tag", {{"If-Range", "\"v2\""}}, true, true},
        Part{"another tag", {{"If-Range", "\"v1\""}}, true, false},
        Part{"a weak tag", {{"If-Range", "W/\"v2\""}}, true, false},
        Part{"a list is not allowed", {{"If-Range", "\"v2\", \"v1\""}}, true, false},
        Part{"a star is not allowed", {{"If-Range", "*"}}, true, false},
        Part{"the date", {{"If-Range", same}}, true, true},
        Part{"a date that two versions may have", {{"If-Range", same}}, false, false},
        Part{"before", {{"If-Range", before}}, true, false},
        Part{"later: it must be the very date", {{"If-Range", later}}, true, false},
        Part{"empty", {{"If-Range", ""}}, true, false}}) {
    SCOPED_TRACE(row.because);
    Request request;
    request.headers = row.headers;
    Validators now = file();
    now.date_is_exact = row.date_is_exact;
    EXPECT_EQ(may_send_part(request, now), row.may);
  }
}

TEST(Preconditions, WithoutADateGoByTheTagAlone) {
  const std::vector<HeaderView> headers{{"If-Modified-Since", later}, {"If-Unmodified-Since", before}};
  Request request;
  request.headers = headers;
  EXPECT_EQ(check_preconditions(request, {"\"v2\"", std::nullopt, false}), holds);
}

}  // namespace
}  // namespace footfall
