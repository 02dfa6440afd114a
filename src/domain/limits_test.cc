#include "domain/limits.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

// The tests on each side of a limit stand where the limit is kept: hit_form_test, event_routes_test, counters_test and
// others of app/, head_check_test and others of adapters/. Here is what limits owe each other.

TEST(Limits, LetOneRecordHoldTheLargestHitAndOneFrameTheLargestBatch) {
  static_assert(batch_hits_max * record_bytes_max <= frame_bytes_max,
                "a batch of the largest hits is one append, all or none");
  static_assert(record_bytes_max <= journal_queue_bytes_max);
  static_assert(frame_bytes_max <= journal_queue_bytes_max, "a frame that cannot wait would never be taken");
  static_assert(frame_bytes_max < segment_bytes_default);
}

TEST(Limits, LetARequestReachItsHandler) {
  static_assert(target_bytes_max < header_block_bytes_max);
  static_assert(header_block_bytes_max <= read_buffer_bytes_max, "the header block is read into the buffer whole");
  static_assert(counter_key_bytes_max * 3 <= target_bytes_max, "a counter's key, percent-encoded, fits in a target");
  static_assert(collect_body_bytes_max <= batch_body_bytes_max && batch_body_bytes_max <= api_body_bytes_max);
  static_assert(path_bytes_max <= url_bytes_max);
}

TEST(Limits, GiveUpOnARequestBeforeItsPartsCould) {
  static_assert(header_read_time_max < request_time_max);
  static_assert(body_read_time_max < request_time_max);
  static_assert(query_time_max < request_time_max, "a query's own error comes before the deadline of its request");
  static_assert(fresh_wait_max < request_time_max);
}

TEST(Limits, KeepAnAcknowledgedHitWithinASecondOfBeingSeen) { static_assert(batch_wait * 2 < std::chrono::seconds(1)); }

TEST(Limits, AreNumbersThatJsonKeepsExact) { EXPECT_EQ(counter_value_max, (1ULL << 53U) - 1); }

}  // namespace
}  // namespace footfall
