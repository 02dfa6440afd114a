#include "app/stats/day_sums.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <tuple>

#include "app/stats/panel_bytes.h"
#include "app/stats/stats_inquiry.h"
#include "base/text.h"

namespace footfall {
namespace {

using std::chrono::days;

constexpr std::string_view page_panel = "event:page";
constexpr std::string_view hour_panel = "time:hour";

constexpr std::array<std::string_view, 23> all_panels{
    "",
    hour_panel,
    page_panel,
    "event:name",
    "event:kind",
    "event:source",
    "visit:entry_page",
    "visit:exit_page",
    "visit:source",
    "visit:referrer",
    "visit:channel",
    "visit:utm_source",
    "visit:utm_medium",
    "visit:utm_campaign",
    "visit:utm_content",
    "visit:utm_term",
    "visit:device",
    "visit:browser",
    "visit:browser_version",
    "visit:os",
    "visit:os_version",
    "visit:ip",
    "visit:bot",
};

constexpr std::array<std::string_view, 24> hours_of_day{"00", "01", "02", "03", "04", "05", "06", "07",
                                                        "08", "09", "10", "11", "12", "13", "14", "15",
                                                        "16", "17", "18", "19", "20", "21", "22", "23"};

bool is_base64url(std::string_view text, std::size_t size) {
  return text.size() == size && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

// Which sessions and visitors hang together: a forest over their numbers.
class Together {
 public:
  explicit Together(std::size_t things) : parents_(things) { std::iota(parents_.begin(), parents_.end(), 0U); }
  std::uint32_t root(std::uint32_t thing) {
    while (parents_[thing] != thing) {
      parents_[thing] = parents_[parents_[thing]];
      thing = parents_[thing];
    }
    return thing;
  }
  void join(std::uint32_t a, std::uint32_t b) {
    a = root(a);
    b = root(b);
    // The lower number: without ranks, halving the ways keeps them short.
    parents_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::uint32_t> parents_;
};

// The visits of one day, parted into those that belong to it alone and the rest.
class PartedDay {
 public:
  PartedDay(const StatsVisits& visits, Day day)
      : visits_(visits), begin_(day), end_(day + days(1)), sessions_(visits.sessions().size()) {
    judge();
    part();
  }

  [[nodiscard]] const std::vector<std::uint32_t>& alone() const { return alone_; }
  [[nodiscard]] const std::vector<std::uint32_t>& rest() const { return rest_; }

 private:
  enum : std::uint8_t { people = 1, bots = 2, elsewhere = 4, lasting = 8 };

  [[nodiscard]] bool is_inside(const StatsHit& hit) const { return hit.time >= begin_ && hit.time < end_; }
  [[nodiscard]] std::uint32_t visitor_of(const StatsHit& hit) const { return sessions_ + hit.visitor; }

  void judge() {
    marks_.assign(std::size_t{sessions_} + visits_.visitors().size(), 0);
    for (std::uint32_t i = 0; i < visits_.size(); ++i) {
      const StatsHit& hit = visits_.hit(i);
      std::uint8_t mark = elsewhere;
      if (is_inside(hit)) mark = hit.is_bot ? bots : people;
      marks_[hit.session] |= mark;
      marks_[visitor_of(hit)] |= mark;
      if (!is_inside(hit)) continue;
      const std::string_view session = visits_.sessions().text(hit.session);
      const std::string_view visitor = visits_.visitors().text(hit.visitor);
      if (!is_base64url(visitor, 11) || (session != visitor && !is_base64url(session, 22))) {
        marks_[hit.session] |= lasting;
      }
    }
  }

  void part() {
    Together together(marks_.size());
    for (std::uint32_t i = 0; i < visits_.size(); ++i) {
      const StatsHit& hit = visits_.hit(i);
      if (is_inside(hit)) together.join(hit.session, visitor_of(hit));
    }
    std::vector<std::uint8_t> of_root(marks_.size());
    for (std::uint32_t thing = 0; thing < marks_.size(); ++thing) of_root[together.root(thing)] |= marks_[thing];
    for (std::uint32_t i = 0; i < visits_.size(); ++i) {
      const StatsHit& hit = visits_.hit(i);
      if (!is_inside(hit)) continue;
      const std::uint8_t mark = of_root[together.root(hit.session)];
      (mark == people || mark == bots ? alone_ : rest_).push_back(i);
    }
  }

  const StatsVisits& visits_;
  Instant begin_, end_;
  std::uint32_t sessions_;
  std::vector<std::uint8_t> marks_;  // by session, then by visitor
  std::vector<std::uint32_t> alone_, rest_;
};

// Makes the panels of a day, one after the other.
class DaySummer {
 public:
  DaySummer(const StatsVisits& visits, Day day)
      : visits_(visits), texts_(visits), day_(day), parted_(visits, day), made_(visits.sessions().size()) {
    last_.assign(made_.size(), no_hit);
    for (const std::uint32_t i : parted_.alone()) {
      const StatsHit& hit = visits_.hit(i);
      made_[hit.session].take(visits_, i);
      std::uint32_t& last = last_[hit.session];
      if (last == no_hit || hit.time > visits_.hit(last).time) last = i;
    }
    StatsTally people({}, {});
    StatsTally bots({}, {});
    tally(people, bots, PageMeans::page_of_hit);
    head_.day = day;
    head_.people = people.sums(0);
    head_.bots = bots.sums(0);
    for (const auto* hits : {&parted_.alone(), &parted_.rest()}) {
      for (const std::uint32_t i : *hits) head_.counted += visits_.hit(i).is_pageview();
    }
  }

  [[nodiscard]] const PartedDay& parted() const { return parted_; }

  std::string panel(std::string_view name) {
    PanelHead head = head_;
    head.panel = name;
    std::vector<PanelLabel> labels;
    if (!name.empty()) labels = labels_of(name);
    head.truncated = labels.size() > panel_labels_max;
    if (head.truncated) {
      // Counters go on with the pages that are viewed most; of other panels, a part would be of no use.
      std::sort(labels.begin(), labels.end(), [](const PanelLabel& a, const PanelLabel& b) {
        return std::tie(b.counted, a.label) < std::tie(a.counted, b.label);
      });
      labels.resize(name == page_panel ? panel_labels_max : 0);
    }
    std::sort(labels.begin(), labels.end(), [](const PanelLabel& a, const PanelLabel& b) { return a.label < b.label; });
    PanelWriter writer(head, labels.size());
    for (const PanelLabel& label : labels) writer.write(label);
    return writer.take();
  }

 private:
  void tally(StatsTally& people, StatsTally& bots, PageMeans page) {
    for (const std::uint32_t i : parted_.alone()) {
      const StatsHit& hit = visits_.hit(i);
      (hit.is_bot ? bots : people).count(hit, made_[hit.session]);
    }
    for (std::uint32_t session = 0; session < last_.size(); ++session) {
      if (last_[session] == no_hit) continue;
      const StatsHit& hit = visits_.hit(last_[session]);
      (hit.is_bot ? bots : people).measure(hit, made_[session], true, page);
    }
  }

  std::vector<PanelLabel> labels_of(std::string_view name) {
    StatsCut cut(visits_, texts_, dimension_named(name).value(), StatsCut::Nothing::stays);
    StatsCut* const only = &cut;
    StatsTally people(std::span(&only, 1), {});
    StatsTally bots(std::span(&only, 1), {});
    tally(people, bots, name == page_panel ? PageMeans::entry_of_visit : PageMeans::page_of_hit);
    std::vector<PanelLabel> labels;
    NumberMap places;
    const auto label_of = [&](std::uint32_t said) -> PanelLabel& {
      const auto [place, is_new] = places.insert(said, static_cast<std::uint32_t>(labels.size()));
      if (is_new) labels.push_back({name == hour_panel ? hour_text(cut.beginning(said)) : cut.text(said), 0, {}, {}});
      return labels[place];
    };
    for (std::uint32_t i = 0; i < people.size(); ++i) label_of(people.labels(i)[0]).people = people.sums(i);
    for (std::uint32_t i = 0; i < bots.size(); ++i) label_of(bots.labels(i)[0]).bots = bots.sums(i);
    if (name == page_panel) {
      for (const auto* hits : {&parted_.alone(), &parted_.rest()}) {
        for (const std::uint32_t i : *hits) {
          if (visits_.hit(i).is_pageview()) ++label_of(visits_.hit(i).path).counted;
        }
      }
    } else {
      for (PanelLabel& label : labels) label.counted = label.people.pageviews + label.bots.pageviews;
    }
    return labels;
  }

  [[nodiscard]] std::string_view hour_text(Instant time) const {
    return hours_of_day.at(static_cast<std::size_t>((time - Instant(day_)) / std::chrono::hours(1)));
  }

  const StatsVisits& visits_;
  StatsTexts texts_;
  Day day_;
  PartedDay parted_;
  std::vector<StatsVisit> made_;     // by session
  std::vector<std::uint32_t> last_;  // hit of a session
  PanelHead head_;
};

// Whether all filters ask for the one dimension.
bool ask_only_for(std::span<const StatsFilter> filters, const DimensionName& name) {
  return std::all_of(filters.begin(), filters.end(), [&](const StatsFilter& filter) {
    const bool is_made_of_others = filter.operation >= StatsFilter::Operation::all;
    return is_made_of_others ? ask_only_for(filter.children, name) : filter.dimension == name;
  });
}

// Adds one day to the answer.
class DayAdder {
 public:
  DayAdder(StatsInquiry& question, const StatsQuery& query) : inquiry_(question), query_(query) {}

  Result<Done> add(const DaySum& sum, std::string_view panel) {
    FOOTFALL_ASSERT(Instant(sum.day) >= query_.from && Instant(sum.day + days(1)) <= query_.to);
    auto reader = PanelReader::open(sum.bytes);
    if (!reader) return reader.error();
    const PanelHead& head = reader->head();
    if (head.panel != panel || head.day != sum.day) {
      return Error{ErrorCode::corrupt, "the sums of a day are those of another day or panel"};
    }
    inquiry_.add_visitors(head.people.visitors + (query_.bots ? head.bots.visitors : 0));
    if (panel.empty()) {
      // By day, week or month, each day is in one; or there is no dimension.
      std::vector<std::uint32_t> labels;
      if (!query_.dimensions.empty()) labels.push_back(inquiry_.cut(0).bucket(sum.day));
      return inquiry_.add(labels, asked(head.people, head.bots));
    }
    if (head.truncated) {
      return Error{ErrorCode::unsupported, "a day has too many different values of `" + std::string(panel) + "`"};
    }
    for (;;) {
      const auto label = reader->next();
      if (!label) return label.error();
      if (!*label) return Done{};
      if (auto added = add(**label, sum.day); !added) return added.error();
    }
  }

 private:
  Result<Done> add(const PanelLabel& label, Day day) {
    const StatsSums sums = asked(label.people, label.bots);
    if (sums == StatsSums()) return Done{};
    StatsCut& cut = inquiry_.cut(0);
    std::uint32_t said = 0;
    if (is_time(cut.name().dimension)) {
      const auto hour = std::find(hours_of_day.begin(), hours_of_day.end(), label.label);
      if (hour == hours_of_day.end()) return Error{ErrorCode::corrupt, "the sums of a day have a wrong hour"};
      said = cut.bucket(day + std::chrono::hours(hour - hours_of_day.begin()));
    } else {
      said = inquiry_.texts().number(label.label);
      if (!inquiry_.match().holds(said)) return Done{};
    }
    const std::uint32_t labelled = cut.labelled(said);
    return inquiry_.add(std::span(&labelled, 1), sums);
  }

  [[nodiscard]] StatsSums asked(StatsSums people, const StatsSums& bots) const {
    if (query_.bots) people += bots;
    return people;
  }

  StatsInquiry& inquiry_;
  const StatsQuery& query_;
};

}  // namespace

std::span<const std::string_view> panels() { return all_panels; }

DaySums sums_of(const StatsVisits& visits, Day day) {
  DaySummer summer(visits, day);
  DaySums sums;
  for (const std::string_view name : all_panels) sums.parts.emplace(name, summer.panel(name));
  for (const std::uint32_t i : summer.parted().rest()) sums.rest.push_back(visits.hit(i).number);
  std::sort(sums.rest.begin(), sums.rest.end());
  return sums;
}

std::optional<std::string> panel_of(const StatsQuery& query) {
  if (std::any_of(query.metrics.begin(), query.metrics.end(), is_of_engagement)) return std::nullopt;
  if (query.dimensions.empty()) return query.filters.empty() ? std::optional<std::string>("") : std::nullopt;
  if (query.dimensions.size() > 1) return std::nullopt;
  const DimensionName& name = query.dimensions.front();
  if (!query.filters.empty()) {
    const bool asks_shares =
        std::find(query.metrics.begin(), query.metrics.end(), Metric::percentage) != query.metrics.end();
    if (asks_shares || !ask_only_for(query.filters, name)) return std::nullopt;
  }
  switch (name.dimension) {
    case Dimension::time_day:
    case Dimension::time_week:
    case Dimension::time_month:
      return "";
    default:
      break;
  }
  std::string panel = text_of(name);
  if (std::find(all_panels.begin(), all_panels.end(), panel) == all_panels.end()) return std::nullopt;
  return panel;
}

Result<StatsResult> stats_of(const StatsVisits& visits, std::span<const DaySum> sums, const StatsQuery& query) {
  auto question = StatsInquiry::of(visits, query);
  if (!question) return question.error();
  if (!sums.empty()) {
    const auto panel = panel_of(query);
    if (!panel) return Error{ErrorCode::unsupported, "only whole visits answer this, and there are sums of days"};
    DayAdder adder(**question, query);
    for (const DaySum& sum : sums) {
      if (auto added = adder.add(sum, *panel); !added) return added.error();
    }
  }
  if (auto counted = (*question)->count(); !counted) return counted.error();
  return (*question)->answer();
}

Result<DayPageviews> pageviews_of(std::string_view bytes) {
  auto reader = PanelReader::open(bytes);
  if (!reader) return reader.error();
  if (reader->head().panel != page_panel) {
    return Error{ErrorCode::corrupt, "the sums of a day are those of another panel"};
  }
  DayPageviews pageviews;
  pageviews.total = reader->head().counted;
  for (;;) {
    const auto label = reader->next();
    if (!label) return label.error();
    if (!*label) return pageviews;
    if ((*label)->counted > 0) pageviews.by_path.emplace_back((*label)->label, (*label)->counted);
  }
}

}  // namespace footfall
