#include "app/stats/stats_answer.h"

#include "app/stats/stats_inquiry.h"

namespace footfall {

Result<StatsResult> stats_of(const StatsVisits& visits, const StatsQuery& query) {
  auto question = StatsInquiry::of(visits, query);
  if (!question) return question.error();
  if (auto counted = (*question)->count(); !counted) return counted.error();
  return (*question)->answer();
}

}  // namespace footfall
