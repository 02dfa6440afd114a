#include "app/api/router.h"

#include <map>

#include "app/api/api_world.h"

namespace footfall {
namespace {

// --- finding a route ---

class RouterTest : public ApiWorld {
 protected:
  static constexpr const char* html = "text/html; charset=utf-8";
};

TEST_F(RouterTest, AnswersWhatIsNoRouteWithTheSite) {
  EXPECT_EQ(get("/").header("content-type"), html);
  EXPECT_EQ(get("/livez/more").status, 404);
  EXPECT_EQ(get("/livez/more").header("content-type"), "text/plain; charset=utf-8");
}

TEST_F(RouterTest, KeepsTheApisNamesToItself) {
  const Answer answer = get("/api/nothing");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.code(), "not_found");
  EXPECT_EQ(answer.header("content-type"), "application/problem+json");
}

TEST_F(RouterTest, ListsTheMethodsOfARouteThatDoesNotTakeThisOne) {
  struct Row {
    Method method;
    const char* target;
    const char* allow;
  };
  for (const auto& row :
       {Row{Method::get, "/api/event", "POST, OPTIONS"},
        Row{Method::put, "/api/visits", "GET, HEAD, POST, DELETE, OPTIONS"}, Row{Method::post, "/livez", "GET, HEAD"},
        Row{Method::del, "/api/counters/likes", "GET, HEAD, PUT"}, Row{Method::post, "/api/tokens/1", "DELETE"},
        Row{Method::post, "/pixel.gif", "GET"}}) {
    SCOPED_TRACE(row.target);
    const Answer answer = send(row.method, row.target);
    EXPECT_EQ(answer.status, 405);
    EXPECT_EQ(answer.code(), "unsupported");
    EXPECT_EQ(answer.header("allow"), row.allow);
  }
}

TEST_F(RouterTest, AnswersHeadAsGetButWhereAGetRecords) {
  EXPECT_EQ(send(Method::head, "/livez").status, 200);
  as(read);
  EXPECT_EQ(send(Method::head, "/api/visits?site=example.com").status, 200);
  EXPECT_EQ(send(Method::head, "/pixel.gif?site=example.com&p=/").status, 405);
  EXPECT_EQ(recorded_count(), 0U);
}

TEST_F(RouterTest, TellsTheRoutesOfOnePlaceApart) {
  as(read);
  EXPECT_TRUE(get("/api/visits?site=example.com").json().contains("visits"));
  EXPECT_TRUE(get("/api/visits/top?site=example.com&by=ip").json().contains("top"));
  EXPECT_EQ(get("/api/visits/some-id?site=example.com").field(), "id");
  EXPECT_EQ(get("/api/counters/increment?site=example.com").field(), "key") << "a counter of that name";
  EXPECT_EQ(get("/api/counters/increment/increment?site=example.com").text("key"), "increment");
}

TEST_F(RouterTest, SaysHowLongABodyMayBeBeforeItIsRead) {
  const auto admitted = [&](Method method, std::string_view path) {
    Request request;
    request.method = method;
    request.path = path;
    return router.admit(request);
  };
  EXPECT_EQ(admitted(Method::post, "/api/event").body_bytes_max, collect_body_bytes_max);
  EXPECT_EQ(admitted(Method::post, "/api/visits").body_bytes_max, batch_body_bytes_max);
  EXPECT_EQ(admitted(Method::post, "/api/v2/query").body_bytes_max, api_body_bytes_max);
  EXPECT_EQ(admitted(Method::get, "/api/visits").body_bytes_max, 0U);
  EXPECT_FALSE(admitted(Method::post, "/api/event").may_block) << "recording never waits behind a question";
  EXPECT_FALSE(admitted(Method::post, "/api/visits").may_block);
  EXPECT_FALSE(admitted(Method::get, "/pixel.gif").may_block);
  EXPECT_FALSE(admitted(Method::post, "/api/counters/a/increment").may_block);
  EXPECT_TRUE(admitted(Method::get, "/api/visits").may_block);
  EXPECT_TRUE(admitted(Method::post, "/api/v2/query").may_block);
  EXPECT_TRUE(admitted(Method::get, "/about").may_block) << "looking for a file";
  EXPECT_TRUE(admitted(Method::get, "/about").is_quick) << "which is no query";
  EXPECT_FALSE(admitted(Method::get, "/").may_block) << "a file in memory";
}

// --- under a prefix ---

class RouterUnderAPrefix : public ApiWorld {
 protected:
  RouterUnderAPrefix() : ApiWorld("/stats") {}
};

TEST_F(RouterUnderAPrefix, AnswersOnlyThere) {
  EXPECT_EQ(get("/stats/livez").status, 200);
  EXPECT_EQ(get("/livez").header("content-type"), "text/plain; charset=utf-8") << "the site has no such page";
  EXPECT_EQ(get("/livez").status, 404);
  EXPECT_EQ(post("/stats/api/event", R"({"n":"pageview","u":"https://example.com/"})").status, 202);
  EXPECT_EQ(post("/api/event", R"({"n":"pageview","u":"https://example.com/"})").status, 405) << "of the site";
  EXPECT_EQ(get("/stats/api/counters/%2F?site=example.com").text("key"), "/");
  EXPECT_EQ(get("/stats/api/nothing").code(), "not_found");
  EXPECT_EQ(send(Method::put, "/stats/livez").header("allow"), "GET, HEAD");
  for (const char* path : {"/stats", "/statslivez", "/stat/livez", "/stats/stats/livez"}) {
    EXPECT_EQ(get(path).header("content-type"), "text/plain; charset=utf-8") << path << " is the site's";
  }
}

// --- limits by address ---

TEST_F(RouterTest, AsksWhetherAStrangersAddressMayRecord) {
  int asked = 0;
  router.limit_recording([&](const Address& address) {
    EXPECT_EQ(address.text(), "203.0.113.9");
    return ++asked <= 2;
  });
  const auto record = [&] { return post("/api/visits", R"({"site":"example.com","path":"/"})"); };
  EXPECT_EQ(record().status, 202);
  EXPECT_EQ(get("/pixel.gif?site=example.com&p=/").status, 200);
  for (const Answer& answer : {record(), get("/pixel.gif?site=example.com&p=/"),
                               post("/api/event", R"({"n":"pageview","u":"https://example.com/"})"),
                               post("/api/counters/likes/increment?site=example.com", ""),
                               get("/api/counters/likes/increment?site=example.com")}) {
    EXPECT_EQ(answer.status, 429);
    EXPECT_NE(answer.header("retry-after"), "");
  }
  EXPECT_EQ(recorded_count(), 2U);
  const int before = asked;
  EXPECT_EQ(get("/api/counters/%2F?site=example.com").status, 200) << "reading is not limited";
  EXPECT_EQ(send(Method::options, "/api/event").status, 204) << "nor is the preflight";
  as(ingest);
  EXPECT_EQ(record().status, 202) << "nor is whoever has a token";
  EXPECT_EQ(asked, before);
}

// --- who may what: every route by every kind of caller ---

class AccessMatrix : public ApiWorld {
 protected:
  // A request that the route answers well when the caller may; nothing: the route has a body that matters not.
  struct Good {
    std::string target;
    std::string body;
  };
  static Good good(const Route& route) {
    static const std::map<std::string, Good> requests{
        {"POST /api/event", {"/api/event", R"({"n":"pageview","u":"https://example.com/"})"}},
        {"GET /pixel.gif", {"/pixel.gif?site=example.com&p=/", ""}},
        {"POST /api/visits", {"/api/visits", R"({"site":"example.com","path":"/"})"}},
        {"POST /api/counters/{key}/increment", {"/api/counters/likes/increment?site=example.com", ""}},
        {"GET /api/counters/{key}/increment", {"/api/counters/likes/increment?site=example.com", ""}},
        {"GET /api/counters/{key}", {"/api/counters/likes?site=example.com", ""}},
        {"PUT /api/counters/{key}", {"/api/counters/likes?site=example.com", R"({"winners":{"every":2}})"}},
        {"POST /api/receipts/verify", {"/api/receipts/verify", R"({"receipt":"ff1.AAAA"})"}},
        {"GET /api/visits/top", {"/api/visits/top?site=example.com&by=path", ""}},
        {"GET /api/visits/{key}", {"/api/visits/01939e2a-7c1d-7b3a-9f00-0123456789ab?site=example.com", ""}},
        {"POST /api/v2/query",
         {"/api/v2/query", R"({"site_id":"example.com","metrics":["visitors"],"date_range":"7d"})"}},
        {"POST /api/login", {"/api/login", R"({"token":"nonsense"})"}},
        {"POST /api/sites", {"/api/sites", R"({"site":"new.example"})"}},
        {"DELETE /api/sites/{key}", {"/api/sites/gone.example", ""}},
        {"POST /api/tokens", {"/api/tokens", R"({"role":"read"})"}},
        {"DELETE /api/tokens/{key}", {"/api/tokens/00000000", ""}},
        {"POST /api/dropped/readmit", {"/api/dropped/readmit", R"({"site":"example.com","reason":"no_token"})"}},
        {"DELETE /api/visits", {"/api/visits?site=example.com&ip=198.51.100.1&preview=true", ""}},
        {"POST /api/import", {"/api/import?site=example.com", ""}},
        {"GET /dashboard/{key}", {"/dashboard/assets/index-abc.js", ""}},
    };
    const auto found = requests.find(std::string(name_of(route.method)) + " " + std::string(route.pattern));
    if (found != requests.end()) return found->second;
    std::string target(route.pattern);
    if (const std::size_t key = target.find("{key}"); key != std::string::npos) target.replace(key, 5, "x");
    return {target + "?site=example.com", ""};
  }
};

TEST_F(AccessMatrix, OpensEachRouteToWhomTheTableSaysAndToNobodyElse) {
  struct Caller {
    const char* who;
    std::string token;
    std::optional<Role> role;
  };
  const std::vector<Caller> callers{{"nobody", "", std::nullopt},
                                    {"a wrong token", "nonsense", std::nullopt},
                                    {"ingest", ingest, Role::ingest},
                                    {"read", read, Role::read},
                                    {"admin", admin, Role::admin}};
  session = "of a visitor";  // whose wins can be asked for
  const auto routes = router.routes();
  ASSERT_GT(routes.size(), 30U);
  for (const Route& route : routes) {
    if (route.is_there) continue;  // not always there: app/api/dialects/dialects_test.cc
    for (const Caller& caller : callers) {
      SCOPED_TRACE(std::string(name_of(route.method)) + " " + std::string(route.pattern) + " by " + caller.who);
      const auto [target, body] = good(route);
      as(caller.token);
      process();  // an import waits until what came before it is stored
      const int status = send(route.method, target, body).status;
      const bool wrong = caller.token == "nonsense";
      const bool opens = route.access == Access::anyone || caller.role == Role::admin ||
                         (route.access == Access::read && caller.role == Role::read) ||
                         (route.access == Access::ingest && caller.role == Role::ingest);
      const bool is_login = route.pattern == "/api/login";  // it is told a wrong token in its body
      if (wrong) {
        EXPECT_EQ(status, 401) << "a wrong token is an error even where none is needed";
      } else if (opens) {
        EXPECT_TRUE((status >= 200 && status < 400) || status == 404 || is_login) << status;
      } else if (!caller.role) {
        EXPECT_EQ(status, 401);
      } else {
        EXPECT_EQ(status, 403);
      }
      clock.advance(std::chrono::hours(1));  // so that no wrong login makes the next one wait
    }
  }
}

TEST_F(AccessMatrix, ShowsNothingOfASiteToATokenOfAnother) {
  as(admin);
  post("/api/visits", R"({"site":"example.com","path":"/secret-path"})");
  post("/api/counters/secret-path/increment?site=example.com", "");
  process();
  for (const Route& route : router.routes()) {
    if (route.access == Access::anyone) continue;
    SCOPED_TRACE(std::string(name_of(route.method)) + " " + std::string(route.pattern));
    const auto [target, body] = good(route);
    as(read_elsewhere);
    const Answer answer = send(route.method, target, body);
    EXPECT_EQ(answer.body.find("secret-path"), std::string::npos);
    EXPECT_EQ(answer.body.find("example.com\",\""), std::string::npos);
    const bool is_about_no_site = route.pattern == "/api/me" || route.pattern == "/metrics";
    if (route.access == Access::read && !is_about_no_site) {
      EXPECT_EQ(answer.status, 404) << "a site one may not see is not told from one that is not there";
    } else if (route.access == Access::admin) {
      EXPECT_EQ(answer.status, 403);
    }
  }
}

}  // namespace
}  // namespace footfall
