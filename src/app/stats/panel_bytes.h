// The bytes of one panel of a day: what it comes to in all, and by label.
//
//   byte     version, 1
//   text     the panel's name
//   signed   the day, counted from 1970-01-01
//   byte     1 if there were more labels than are kept
//   varint   page views of everyone, the rest included
//   sums     of people
//   sums     of bots
//   varint   how many labels follow, ascending by their bytes; for each:
//     text     the label; "" for hits that say nothing; an hour of the day as two digits
//     byte     what follows: 1 sums of people, 2 sums of bots, 4 page views of everyone, if they are not those of both
//     …
//
// Sums are eight varints: visitors, visits, pageviews, events, visits measured, bounced, views, duration_ms. All that
// were measured count for bounces: there are no filters.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/stats/stats_tally.h"
#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"

namespace footfall {

struct PanelHead {
  std::string_view panel;
  Day day;
  bool truncated = false;
  std::uint64_t counted = 0;  // page views of everyone
  StatsSums people;
  StatsSums bots;
};

struct PanelLabel {
  std::string_view label;
  std::uint64_t counted = 0;
  StatsSums people;
  StatsSums bots;
};

class PanelWriter {
 public:
  PanelWriter(const PanelHead& head, std::uint64_t labels);
  // Ascending, as many as were said.
  void write(const PanelLabel& label);
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  void sums(const StatsSums& sums);

  std::string bytes_;
  ByteWriter writer_{bytes_};
};

// Texts are views into the bytes.
class PanelReader {
 public:
  // Error of both: corrupt.
  static Result<PanelReader> open(std::string_view bytes);
  // Nothing: that was the last.
  Result<std::optional<PanelLabel>> next();
  [[nodiscard]] const PanelHead& head() const { return head_; }
  [[nodiscard]] std::uint64_t labels() const { return labels_; }

 private:
  explicit PanelReader(std::string_view bytes) : reader_(bytes) {}
  StatsSums sums();
  std::uint64_t count();

  ByteReader reader_;
  PanelHead head_;
  std::uint64_t labels_ = 0;
  std::uint64_t read_ = 0;
  std::string_view last_;
  bool good_ = true;
};

}  // namespace footfall
