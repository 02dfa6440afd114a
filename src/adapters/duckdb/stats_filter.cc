#include "adapters/duckdb/stats_filter.h"

#include <algorithm>
#include <optional>

#include "adapters/duckdb/stats_cut.h"
#include "base/text.h"

namespace footfall::duckdb {
namespace {

using Operation = StatsFilter::Operation;

// More numbers than this stand as a subquery instead of a list.
constexpr std::size_t listed_numbers_max = 256;

Error bad_filter(std::string what) { return {ErrorCode::invalid, std::move(what), "filters"}; }

// One filter that is not made of others.
class Leaf {
 public:
  Leaf(const Asking& asking, const StatsFilter& filter, const PublicIds& ids)
      : asking_(asking), filter_(filter), ids_(ids), operation_(positive_of(filter.operation)) {
    Sql unused;
    cut_ = cut_of(filter.dimension, unused);
    for (const std::string& value : filter.values) {
      if (operation_ == Operation::is && means_nothing(filter, value)) {
        nothing_ = true;
      } else if (is_utf8(value)) {
        values_.push_back(value);
      }
    }
  }

  Result<Condition> condition(Sql& sql) {
    if (cut_.of == Cut::Of::time) {
      return bad_filter("`" + text_of(filter_.dimension) + "` cannot be filtered: the range says which time is meant");
    }
    if (filter_.values.empty()) return bad_filter("the filter of `" + text_of(filter_.dimension) + "` has no values");
    if (const auto checked = check_patterns(); !checked) return checked.error();
    Condition condition;
    condition.asks_hit = cut_.of == Cut::Of::hit;
    condition.asks_visit = cut_.of == Cut::Of::visit;
    auto matches = is_exact(filter_.dimension.dimension) ? by_number(sql) : by_text(sql);
    if (!matches) return matches.error();
    condition.sql = "(" + std::move(*matches) + ")";
    if (is_negative(filter_.operation) && !wants_text()) condition.sql = "(NOT " + condition.sql + ")";
    return condition;
  }

 private:
  // The opposite of contains and matches is said of properties that are there only.
  [[nodiscard]] bool wants_text() const {
    return filter_.dimension.dimension == Dimension::event_props && operation_ != Operation::is;
  }

  Result<Done> check_patterns() const {
    if (operation_ != Operation::matches) return Done{};
    for (const std::string& pattern : values_) {
      const Value value = pattern;
      const auto tried =
          asking_.connection.query("SELECT regexp_matches('', ?)", std::span(&value, 1), asking_.deadline);
      if (tried) continue;
      if (tried.error().code != ErrorCode::invalid) return tried.error();
      return bad_filter("'" + std::string(cut_utf8(pattern, 100)) +
                        "' is not a regular expression that RE2 understands");
    }
    return Done{};
  }

  Result<std::string> by_number(Sql& sql) {
    if (operation_ != Operation::is) {
      return bad_filter("`" + text_of(filter_.dimension) + "` can be filtered by is and is_not only");
    }
    std::vector<std::uint64_t> numbers;
    if (nothing_) numbers.push_back(0);
    Result<std::vector<std::uint64_t>> found = std::vector<std::uint64_t>{};
    if (filter_.dimension.dimension == Dimension::visit_ip) {
      found = numbers_of_ips(asking_, values_);
    } else {
      found = numbers_of_ids(
          asking_, ids_,
          filter_.dimension.dimension == Dimension::visit_session ? PublicIds::What::session : PublicIds::What::visitor,
          values_);
    }
    if (!found) return found.error();
    numbers.insert(numbers.end(), found->begin(), found->end());
    return in_numbers(sql, cut_.number, cut_.type, numbers);
  }

  Result<std::string> by_text(Sql& sql) {
    Sql few;
    few.text = numbers_with_text(few) + " LIMIT " + std::to_string(listed_numbers_max + 1);
    const auto numbers = asking_.numbers(few);
    if (!numbers) return numbers.error();
    if (numbers->size() <= listed_numbers_max) return in_numbers(sql, cut_.number, cut_.type, *numbers);
    return cut_.number + " IN (" + numbers_with_text(sql) + ")";
  }

  // A query for the numbers whose text is as the filter wants it.
  std::string numbers_with_text(Sql& sql) const {
    const Cut cut = cut_of(filter_.dimension, sql);
    std::string said;
    if (cut.words.empty()) {
      said = "SELECT number, coalesce(" + filled(cut.text, "{number}", "number") +
             ", '') AS text FROM (SELECT unnest(" + cut.all_numbers + ") AS number)";
    } else if (filter_.dimension.dimension == Dimension::event_props) {
      said = "SELECT id AS number, nullif(" + cut.text + ", '') AS text FROM " + cut.words +
             " d UNION ALL SELECT 0, NULL::VARCHAR";
    } else {
      const std::string none = filter_.dimension.dimension == Dimension::event_name ? cut.none : "";
      said = "SELECT id AS number, coalesce(" + cut.text + ", '') AS text FROM " + cut.words +
             " d UNION ALL SELECT 0, '" + none + "'";
    }
    return "SELECT number::" + cut.type + " FROM (" + said + ") WHERE " + predicate("text", sql);
  }

  // Whether `text` is as the filter wants it.
  [[nodiscard]] std::string predicate(const std::string& text, Sql& sql) const {
    std::string any;
    for (const std::string& value : values_) any += (any.empty() ? "" : " OR ") + one(text, sql.bind(value));
    any = any.empty() ? "false" : "(" + any + ")";
    if (nothing_) any = "(" + any + " OR " + text + " IS NULL OR " + text + " = '')";
    if (is_negative(filter_.operation) && wants_text()) any = "(NOT " + any + ")";
    // Of a property that is not there: no.
    return "coalesce(" + any + ", false)";
  }

  [[nodiscard]] std::string one(const std::string& text, const std::string& value) const {
    const std::string folded_text = filter_.case_sensitive ? text : "lower(" + text + ")";
    const std::string folded_value = filter_.case_sensitive ? value : "lower(" + value + ")";
    switch (operation_) {
      case Operation::is:
        return folded_text + " = " + folded_value;
      case Operation::contains:
        return "contains(" + folded_text + ", " + folded_value + ")";
      default:
        return "regexp_matches(" + text + ", " + value + (filter_.case_sensitive ? ")" : ", 'i')");
    }
  }

  const Asking& asking_;
  const StatsFilter& filter_;
  const PublicIds& ids_;
  Operation operation_;
  Cut cut_;
  std::vector<std::string> values_;
  bool nothing_ = false;  // the filter names nothing by its label
};

Result<Condition> condition_of_one(const Asking& asking, const StatsFilter& filter, PageMeans page,
                                   const PublicIds& ids, Sql& sql);

Result<Condition> joined(const Asking& asking, std::span<const StatsFilter> filters, std::string_view by,
                         std::string_view of_none, PageMeans page, const PublicIds& ids, Sql& sql) {
  Condition all;
  for (const StatsFilter& filter : filters) {
    const auto one = condition_of_one(asking, filter, page, ids, sql);
    if (!one) return one.error();
    if (!all.sql.empty()) all.sql += by;
    all.sql += one->sql;
    all.asks_hit = all.asks_hit || one->asks_hit;
    all.asks_visit = all.asks_visit || one->asks_visit;
  }
  all.sql = "(" + (all.sql.empty() ? std::string(of_none) : all.sql) + ")";
  return all;
}

Result<Condition> condition_of_one(const Asking& asking, const StatsFilter& filter, PageMeans page,
                                   const PublicIds& ids, Sql& sql) {
  switch (filter.operation) {
    case Operation::all:
      return joined(asking, filter.children, " AND ", "true", page, ids, sql);
    case Operation::any:
      return joined(asking, filter.children, " OR ", "false", page, ids, sql);
    case Operation::negate: {
      auto all = joined(asking, filter.children, " AND ", "true", page, ids, sql);
      if (all) all->sql = "(NOT " + all->sql + ")";
      return all;
    }
    default:
      break;
  }
  if (page == PageMeans::entry_of_visit && filter.dimension.dimension == Dimension::event_page) {
    StatsFilter entry = filter;
    entry.dimension.dimension = Dimension::visit_entry_page;
    return Leaf(asking, entry, ids).condition(sql);
  }
  return Leaf(asking, filter, ids).condition(sql);
}

}  // namespace

Result<Condition> condition_of(const Asking& asking, std::span<const StatsFilter> filters, PageMeans page,
                               const PublicIds& ids, Sql& sql) {
  return joined(asking, filters, " AND ", "true", page, ids, sql);
}

}  // namespace footfall::duckdb
