#include "app/stats/panel_bytes.h"

#include "domain/limits.h"

namespace footfall {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::uint8_t has_people = 1;
constexpr std::uint8_t has_bots = 2;
constexpr std::uint8_t has_counted = 4;
// A text has a byte for its length, and what follows another.
constexpr std::uint64_t label_bytes_min = 2;
// The years 0 to 9999.
constexpr std::int64_t day_min = -719'528;
constexpr std::int64_t day_max = 2'932'896;

const Error corrupt{ErrorCode::corrupt, "the sums of a day are damaged"};

}  // namespace

PanelWriter::PanelWriter(const PanelHead& head, std::uint64_t labels) {
  writer_.byte(version);
  writer_.text(head.panel);
  writer_.signed_varint(head.day.time_since_epoch().count());
  writer_.byte(head.truncated ? 1 : 0);
  writer_.varint(head.counted);
  sums(head.people);
  sums(head.bots);
  writer_.varint(labels);
}

void PanelWriter::write(const PanelLabel& label) {
  const bool counts_otherwise = label.counted != label.people.pageviews + label.bots.pageviews;
  writer_.text(label.label);
  writer_.byte(static_cast<std::uint8_t>((label.people == StatsSums() ? 0 : has_people) |
                                         (label.bots == StatsSums() ? 0 : has_bots) |
                                         (counts_otherwise ? has_counted : 0)));
  if (label.people != StatsSums()) sums(label.people);
  if (label.bots != StatsSums()) sums(label.bots);
  if (counts_otherwise) writer_.varint(label.counted);
}

void PanelWriter::sums(const StatsSums& sums) {
  for (const std::uint64_t count : {sums.visitors, sums.visits, sums.pageviews, sums.events, sums.measured,
                                    sums.bounced, sums.views, sums.duration_ms}) {
    writer_.varint(count);
  }
}

Result<PanelReader> PanelReader::open(std::string_view bytes) {
  PanelReader panel(bytes);
  if (panel.reader_.byte() != version) return corrupt;
  panel.head_.panel = panel.reader_.text();
  const std::int64_t day = panel.reader_.signed_varint();
  if (day < day_min || day > day_max) return corrupt;
  panel.head_.day = Day(std::chrono::days(day));
  const std::uint8_t truncated = panel.reader_.byte();
  panel.head_.truncated = truncated != 0;
  panel.head_.counted = panel.count();
  panel.head_.people = panel.sums();
  panel.head_.bots = panel.sums();
  panel.labels_ = panel.reader_.varint();
  const bool fits = panel.labels_ <= panel.reader_.rest().size() / label_bytes_min;
  if (!panel.reader_.good() || !panel.good_ || truncated > 1 || !fits) return corrupt;
  return panel;
}

Result<std::optional<PanelLabel>> PanelReader::next() {
  if (read_ == labels_) {
    if (!reader_.rest().empty()) return corrupt;
    return std::optional<PanelLabel>();
  }
  PanelLabel label;
  label.label = reader_.text();
  const std::uint8_t has = reader_.byte();
  if ((has & has_people) != 0) label.people = sums();
  if ((has & has_bots) != 0) label.bots = sums();
  label.counted = (has & has_counted) != 0 ? count() : label.people.pageviews + label.bots.pageviews;
  const bool ascends = read_ == 0 || last_ < label.label;
  if (!reader_.good() || !good_ || !ascends || has > (has_people | has_bots | has_counted)) return corrupt;
  last_ = label.label;
  ++read_;
  return std::optional(label);
}

StatsSums PanelReader::sums() {
  StatsSums sums;
  for (std::uint64_t* one : {&sums.visitors, &sums.visits, &sums.pageviews, &sums.events, &sums.measured, &sums.bounced,
                             &sums.views, &sums.duration_ms}) {
    *one = count();
  }
  sums.entered = sums.measured;
  return sums;
}

std::uint64_t PanelReader::count() {
  const std::uint64_t count = reader_.varint();
  // No day has as many of anything, and thousands of days may be added.
  good_ = good_ && count <= counter_value_max;
  return count;
}

}  // namespace footfall
