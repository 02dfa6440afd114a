// /livez, /readyz and /metrics.
#include "app/api/api_world.h"

namespace footfall {
namespace {

class ServiceRoutes : public ApiWorld {};

TEST_F(ServiceRoutes, SayThatTheProcessIsAlive) {
  EXPECT_EQ(get("/livez").status, 200);
  why_not_ready = "the server is stopping";
  EXPECT_EQ(get("/livez").status, 200);
}

TEST_F(ServiceRoutes, SayWhetherHitsCanBeRecordedAndWhyNot) {
  EXPECT_EQ(get("/readyz").status, 200);
  why_not_ready = "the journal has stopped";
  const Answer answer = get("/readyz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.text("detail"), "the journal has stopped");
}

TEST_F(ServiceRoutes, CountForWhoeverMayRead) {
  EXPECT_EQ(get("/metrics").status, 401);
  as(read);
  post("/api/event", R"({"n":"pageview","u":"https://example.com/a"})");
  process();
  const Answer answer = get("/metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  for (const char* line : {"footfall_events_accepted_total 1\n", "footfall_processor_hits_total 1\n",
                           "footfall_processor_lag_events 0\n", "# TYPE footfall_journal_bytes gauge\n", "more 1\n"}) {
    EXPECT_NE(answer.body.find(line), std::string::npos) << line;
  }
  EXPECT_EQ(answer.body.find("example.com"), std::string::npos) << "never by site, path or address";
}

}  // namespace
}  // namespace footfall
