#include "app/metrics_page.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

TEST(MetricsPage, DescribesEachMetricOnceBeforeItsSamples) {
  MetricsPage page;
  page.counter("hits_total", "Hits", 3, "code=\"2xx\"");
  page.counter("hits_total", "Hits", 1, "code=\"4xx\"");
  page.gauge("bytes", "Bytes on disk", 1.5);
  EXPECT_EQ(page.text(),
            "# HELP hits_total Hits\n"
            "# TYPE hits_total counter\n"
            "hits_total{code=\"2xx\"} 3\n"
            "hits_total{code=\"4xx\"} 1\n"
            "# HELP bytes Bytes on disk\n"
            "# TYPE bytes gauge\n"
            "bytes 1.5\n");
}

TEST(MetricsPage, WritesLargeNumbersWithoutLosingAny) {
  MetricsPage page;
  page.gauge("big", "Big", 9'007'199'254'740'991.0);
  EXPECT_NE(page.text().find("big 9007199254740991\n"), std::string::npos);
}

}  // namespace
}  // namespace footfall
