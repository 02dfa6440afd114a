#include "app/api/content_coding.h"

#include <gtest/gtest.h>

#include <vector>

namespace footfall {
namespace {

Coding chosen(const char* accepted, bool has_gzip = true, bool has_brotli = true) {
  const std::vector<HeaderView> headers{{"Accept-Encoding", accepted}};
  Request request;
  request.headers = headers;
  return choose_coding(request, has_gzip, has_brotli);
}

TEST(ContentCoding, IsTheOneWithTheGreatestWeight) {
  struct Row {
    const char* accepted;
    Coding coding;
  };
  for (const auto& row : {Row{"", Coding::plain},
                          Row{"gzip, deflate, br, zstd", Coding::brotli},
                          Row{"gzip", Coding::gzip},
                          Row{"x-gzip", Coding::gzip},
                          Row{"GZip;Q=0.5", Coding::gzip},
                          Row{"deflate", Coding::plain},
                          Row{"br;q=0.5, gzip;q=0.8", Coding::gzip},
                          Row{"br;q=0.8, gzip;q=0.8", Coding::brotli},
                          Row{"br;q=0, gzip", Coding::gzip},
                          Row{"br;q=0.000, gzip;q=0", Coding::plain},
                          Row{"*", Coding::brotli},
                          Row{"*;q=0", Coding::plain},
                          Row{"*;q=0, gzip;q=0.001", Coding::gzip},
                          Row{"br;q=0, *;q=0.1", Coding::gzip},
                          Row{"identity, gzip;q=0.5", Coding::plain},
                          Row{"identity;q=0.5, gzip;q=0.5", Coding::gzip},
                          Row{"identity;q=0", Coding::plain},
                          Row{"identity;q=0, gzip;q=0.1", Coding::gzip},
                          Row{" br ; q=1.0 ,gzip", Coding::brotli},
                          Row{"br;q=1.1", Coding::plain},
                          Row{"br;q=2", Coding::plain},
                          Row{"br;q=0.5555", Coding::plain},
                          Row{"br;q=", Coding::plain},
                          Row{"br;level=3", Coding::plain},
                          Row{"brr, gz", Coding::plain},
                          Row{",,,;;,br", Coding::brotli}}) {
    EXPECT_EQ(chosen(row.accepted), row.coding) << row.accepted;
  }
}

TEST(ContentCoding, IsOneThatThereIs) {
  EXPECT_EQ(chosen("br, gzip", true, false), Coding::gzip);
  EXPECT_EQ(chosen("br, gzip", false, true), Coding::brotli);
  EXPECT_EQ(chosen("gzip", false, true), Coding::plain);
  EXPECT_EQ(chosen("br, gzip", false, false), Coding::plain);
}

TEST(ContentCoding, MayBeAskedForInSeveralLines) {
  const std::vector<HeaderView> headers{{"accept-encoding", "gzip;q=0.1"}, {"Accept-Encoding", "br;q=0.01"}};
  Request request;
  request.headers = headers;
  EXPECT_EQ(choose_coding(request, true, true), Coding::gzip);
  request.headers = {};
  EXPECT_EQ(choose_coding(request, true, true), Coding::plain);
}

}  // namespace
}  // namespace footfall
