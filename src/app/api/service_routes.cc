// /livez, /readyz and /metrics: what whoever runs Footfall asks.
//
// Readiness is the write path: a store that is away or behind stops nobody from recording.

#include "app/api/embeds.h"
#include "app/api/problem.h"
#include "app/api/router.h"
#include "app/api/services.h"
#include "app/json.h"
#include "app/metrics_page.h"

namespace footfall {
namespace {

double seconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

void collecting_metrics(MetricsPage& page, const Services& services) {
  const Collector::Counts counts = services.collector.counts();
  page.counter("footfall_events_accepted_total", "Records taken into the journal since the start",
               static_cast<double>(counts.accepted));
  page.counter("footfall_events_repeated_total", "Records that were a repetition within the retry window",
               static_cast<double>(counts.repeated));
  page.counter("footfall_events_completed_total", "Views of a script that the edge or an app had recorded already",
               static_cast<double>(counts.completed));
  page.counter("footfall_events_refused_total", "Records refused, by reason",
               static_cast<double>(counts.refused_for_room), "reason=\"no_room\"");
  for (std::size_t i = 0; i < counts.dropped.size(); ++i) {
    page.counter("footfall_events_dropped_total", "Events that policy did not count, by reason",
                 static_cast<double>(counts.dropped.at(i)),
                 "reason=\"" + std::string(name_of(static_cast<DropReason>(i))) + "\"");
  }
  page.counter("footfall_events_dropped_kept_total", "Dropped hits put into the quarantine",
               static_cast<double>(counts.dropped_kept));
  page.counter("footfall_events_readmitted_total", "Dropped hits that the owner re-admitted",
               static_cast<double>(counts.readmitted));
  page.gauge("footfall_counters", "Counters held in memory", static_cast<double>(counts.counters));
  page.counter("footfall_claims_total", "Surprises handed out since the start", static_cast<double>(counts.claims));
}

void journal_metrics(MetricsPage& page, const Services& services) {
  const JournalHealth journal = services.journal.health();
  page.gauge("footfall_journal_durable_sequence", "The first position that is not yet on disk",
             static_cast<double>(services.journal.durable()));
  page.gauge("footfall_journal_bytes", "Bytes of journal on disk", static_cast<double>(journal.bytes));
  page.gauge("footfall_journal_segments", "Segments of the journal", static_cast<double>(journal.segments));
  page.counter("footfall_journal_commits_total", "Group commits since the start", static_cast<double>(journal.commits));
  page.counter("footfall_journal_fsync_failures_total", "Failed writes and syncs of the journal",
               static_cast<double>(journal.fsync_failures));
  page.gauge("footfall_recovery_truncated_bytes_total", "Bytes of a torn tail cut off at the start",
             static_cast<double>(journal.truncated_bytes));
  page.gauge("footfall_recovery_quarantined_frames_total", "Damaged stretches set aside",
             static_cast<double>(journal.quarantined_frames));
  page.gauge("footfall_recovery_duration_seconds", "How long the journal's recovery took at the start",
             seconds(journal.recovery_duration));
}

void store_metrics(MetricsPage& page, const Services& services) {
  const ProcessorHealth processor = services.processor.health();
  const Position durable = services.journal.durable();
  page.gauge("footfall_processor_committed_sequence", "The first position that is not yet in the store",
             static_cast<double>(processor.committed));
  page.gauge("footfall_processor_lag_events", "Durable records that are not yet in the store",
             static_cast<double>(durable > processor.committed ? durable - processor.committed : 0));
  page.counter("footfall_processor_hits_total", "Hits stored since the start", static_cast<double>(processor.hits));
  page.counter("footfall_processor_damaged_records_total", "Records that could not be decoded",
               static_cast<double>(processor.damaged_records));
  page.counter("footfall_processor_unmatched_engagements_total", "Engagement of page views that are not known",
               static_cast<double>(processor.unmatched_engagements));
  page.counter("footfall_erased_visits_total", "Visits erased on request", static_cast<double>(processor.erased));
  page.counter("footfall_pruned_total", "Visits, addresses and user agents let go by age",
               static_cast<double>(processor.pruned));
  page.counter("footfall_erasures_given_up_total", "Erasures that the store could not do",
               static_cast<double>(processor.erasures_given_up));
  page.gauge("footfall_store_commit_duration_seconds", "How long the last commit took", seconds(processor.last_commit));
  page.gauge("footfall_store_checkpoint_duration_seconds", "How long the last checkpoint took",
             seconds(processor.last_checkpoint));
  const StoreHealth store = services.store.health();
  page.gauge("footfall_store_bytes", "Bytes of the store's main file", static_cast<double>(store.bytes));
  page.gauge("footfall_store_wal_bytes", "Bytes written since the last checkpoint",
             static_cast<double>(store.log_bytes));
  page.counter("footfall_store_reopens_total", "How often the store was opened again",
               static_cast<double>(store.reopens));
  page.counter("footfall_store_checkpoint_failures_total", "Failed checkpoints",
               static_cast<double>(store.checkpoint_failures));
  page.gauge("footfall_counter_watchers", "Pages that follow a counter live",
             static_cast<double>(services.embeds.feed.watchers()));
  page.gauge("footfall_live_watchers", "Readers of the live feed", static_cast<double>(services.live.watchers()));
}

}  // namespace

void add_service_routes(Router& router, const Services& services, std::function<std::string()> why_not_ready,
                        std::function<std::string()> more_metrics) {
  router.add({Method::get, "/livez", Access::anyone, 0, false, [](const Call&) { return text_response(200, "ok\n"); }});
  router.add(
      {Method::get, "/readyz", Access::anyone, 0, false, [why_not_ready = std::move(why_not_ready)](const Call&) {
         const std::string reason = why_not_ready();
         if (reason.empty()) return text_response(200, "ok\n");
         return problem({ErrorCode::unavailable, reason});
       }});
  router.add(
      {Method::get, "/metrics", Access::read, 0, true, [services, more_metrics = std::move(more_metrics)](const Call&) {
         MetricsPage page;
         collecting_metrics(page, services);
         journal_metrics(page, services);
         store_metrics(page, services);
         return text_response(200, page.text() + more_metrics(), "text/plain; version=0.0.4; charset=utf-8");
       }});
}

}  // namespace footfall
