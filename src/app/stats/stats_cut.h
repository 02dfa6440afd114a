// What a hit and its visit say in one dimension, as a number; and what the number says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/stats/stats_visits.h"
#include "domain/stats_rules.h"

namespace footfall {

inline constexpr std::uint32_t no_hit = UINT32_MAX;

// What its hits make of a visit.
struct StatsVisit {
  Instant began;
  Instant ended;
  std::uint32_t first = no_hit;  // index of the hit; so are the page views
  std::uint32_t first_view = no_hit;
  std::uint32_t last_view = no_hit;
  std::uint32_t pageviews = 0;
  bool interacted = false;

  // Takes one more of its hits in, in any order.
  void take(const StatsVisits& visits, std::uint32_t index);
  [[nodiscard]] bool bounced() const { return pageviews <= 1 && !interacted; }
};

// The texts of the visits, and those of one question beside them.
class StatsTexts {
 public:
  explicit StatsTexts(const StatsVisits& visits) : visits_(visits.texts()), own_(visits.knowledge().key) {}

  std::uint32_t number(std::string_view text) {
    const auto found = visits_.find(text);
    return found ? *found : visits_.size() + own_.number(text);
  }
  [[nodiscard]] std::string_view text(std::uint32_t number) const {
    return number < visits_.size() ? visits_.text(number) : own_.text(number - visits_.size());
  }

 private:
  const TextTable& visits_;
  TextTable own_;
};

class StatsCut {
 public:
  // Whether nothing said becomes a label.
  enum class Nothing : std::uint8_t { is_labelled, stays };

  // All outlive it. The dimension is one that the visits know.
  StatsCut(const StatsVisits& visits, StatsTexts& texts, DimensionName name, Nothing nothing = Nothing::is_labelled);

  // What the hit says, at `moment`; of texts that are not there, that of "".
  std::uint32_t said(const StatsHit& hit, const StatsVisit& visit, Instant moment, PageMeans page);
  // The number of the label that stands for it in answers.
  [[nodiscard]] std::uint32_t labelled(std::uint32_t said) const { return said == 0 && is_text_ ? nothing_ : said; }
  // What a number says, as filters see it.
  [[nodiscard]] std::string_view text(std::uint32_t said) const;
  // A label as answers have it.
  [[nodiscard]] std::string label(std::uint32_t label) const;
  // Whether one label stands before another.
  [[nodiscard]] bool is_less(std::uint32_t a, std::uint32_t b) const;

  [[nodiscard]] const DimensionName& name() const { return name_; }
  // The number of a time in this dimension, which is one of time; and where it begins.
  [[nodiscard]] std::uint32_t bucket(Instant time) const;
  [[nodiscard]] Instant beginning(std::uint32_t bucket) const;

 private:
  std::uint32_t property(std::uint32_t props);

  const StatsVisits& visits_;
  StatsTexts& texts_;
  DimensionName name_;
  bool is_text_;
  std::uint32_t nothing_ = 0;
  NumberMap properties_;  // by the number of all properties
};

// What cannot be asked of these visits.
//   errors  unsupported  places or engagement, where nothing knows them
Result<Done> check_known(const StatsVisits& visits, const StatsQuery& query);

}  // namespace footfall
