// What Footfall brings along: script, charts, description.
#include "app/api/asset_routes.h"

#include "app/api/api_world.h"

namespace footfall {
namespace {

class Assets : public ApiWorld {};

TEST_F(Assets, BringTheScriptToSitesElsewhere) {
  const Answer answer = get("/js/footfall.js");
  EXPECT_EQ(answer.body, "script");
  EXPECT_EQ(answer.header("content-type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(answer.header("access-control-allow-origin"), "*");
  EXPECT_EQ(answer.header("cross-origin-resource-policy"), "cross-origin");
  EXPECT_EQ(get("/js/footfall.js", {{"If-None-Match", answer.header("etag")}}).status, 304);
}

TEST_F(Assets, BringTheChartsWithAStrictPolicy) {
  const Answer page = get("/dashboard");
  EXPECT_EQ(page.body, "charts");
  EXPECT_NE(page.header("content-security-policy").find("default-src 'self'"), std::string::npos);
  EXPECT_EQ(page.header("content-security-policy").find("unsafe"), std::string::npos);
  EXPECT_EQ(page.header("x-frame-options"), "DENY");
  EXPECT_EQ(page.header("referrer-policy"), "no-referrer");
  EXPECT_EQ(page.header("cache-control"), "public, max-age=0, must-revalidate");
  const Answer script = get("/dashboard/assets/index-abc.js");
  EXPECT_EQ(script.body, "chart script");
  EXPECT_NE(script.header("cache-control").find("immutable"), std::string::npos) << "its name says what is in it";
  EXPECT_EQ(get("/dashboard/assets/../../etc/passwd").status, 404);
  EXPECT_EQ(get("/dashboard/").status, 308);
  EXPECT_EQ(get("/dashboard/").header("location"), "../dashboard") << "relative, so that a prefix may stand before it";
}

TEST_F(Assets, BringTheDescriptionOfTheApi) {
  EXPECT_EQ(get("/api/openapi.json").header("content-type"), "application/json");
}

}  // namespace
}  // namespace footfall
