// Logging in, and the sites and tokens of whoever runs Footfall.
#include "app/api/api_world.h"

namespace footfall {
namespace {

class OwnerRoutes : public ApiWorld {
 protected:
  // Logs in and gives the Cookie header's value.
  std::string log_in(const std::string& token) {
    const Answer answer = post("/api/login", R"({"token":")" + token + "\"}");
    EXPECT_EQ(answer.status, 204);
    const std::string cookie = answer.header("set-cookie");
    return cookie.substr(0, cookie.find(';'));
  }
};

// --- the charts page's login ---

TEST_F(OwnerRoutes, TakeATokenAndGiveACookieThatScriptsCannotRead) {
  const Answer answer = post("/api/login", R"({"token":")" + read + "\"}");
  EXPECT_EQ(answer.status, 204);
  const std::string cookie = answer.header("set-cookie");
  EXPECT_TRUE(cookie.starts_with("footfall_login="));
  for (const char* part : {"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"}) {
    EXPECT_NE(cookie.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(cookie.find("Secure"), std::string::npos) << "on plain HTTP the browser would not send it back";
  EXPECT_EQ(cookie.find(read), std::string::npos) << "the token does not leave the server";
  EXPECT_EQ(answer.header("cache-control"), "no-store");
  const std::string pair = cookie.substr(0, cookie.find(';'));
  EXPECT_EQ(get("/api/me", {{"Cookie", pair}}).body, R"({"role":"read","sites":["example.com"]})");
}

TEST_F(OwnerRoutes, FindTheCookieAmongOthers) {
  const std::string cookies = "a=b; " + log_in(read) + "; c=d";
  EXPECT_EQ(get("/api/me", {{"Cookie", cookies}}).status, 200);
}

TEST_F(OwnerRoutes, TakeNoTokenThatMayNotRead) {
  for (const std::string& token : {ingest, std::string("nonsense"), std::string()}) {
    const Answer answer = post("/api/login", R"({"token":")" + token + "\"}");
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.header("set-cookie"), "");
    clock.advance(std::chrono::hours(1));
  }
  EXPECT_EQ(post("/api/login", "{}").status, 401);
  EXPECT_EQ(post("/api/login", R"({"token":7})").field(), "token");
  EXPECT_EQ(post("/api/login", "nonsense").field(), "body");
}

TEST_F(OwnerRoutes, LetNobodyTryManyTokens) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(post("/api/login", R"({"token":"guess"})").status, 401);
  const Answer answer = post("/api/login", R"({"token":")" + read + "\"}");
  EXPECT_EQ(answer.status, 429) << "also with the right one";
  EXPECT_FALSE(answer.header("retry-after").empty());
  peer = *Address::parse("203.0.113.10");
  EXPECT_EQ(post("/api/login", R"({"token":")" + read + "\"}").status, 204) << "others are not locked out";
  peer = *Address::parse("203.0.113.9");
  clock.advance(std::chrono::seconds(2));
  EXPECT_EQ(post("/api/login", R"({"token":"guess"})").status, 401);
  clock.advance(std::chrono::seconds(3));
  EXPECT_EQ(post("/api/login", R"({"token":"guess"})").status, 429) << "each time it takes longer";
  clock.advance(std::chrono::seconds(2));
  EXPECT_EQ(post("/api/login", R"({"token":")" + read + "\"}").status, 204);
}

TEST_F(OwnerRoutes, EndALoginWhenItIsLoggedOutQuietForTwelveHoursOrItsTokenIsRevoked) {
  const std::string out = log_in(read);
  EXPECT_EQ(post("/api/logout", "", {{"Cookie", out}}).status, 204);
  EXPECT_NE(post("/api/logout", "").header("set-cookie").find("Max-Age=0"), std::string::npos);
  EXPECT_EQ(get("/api/me", {{"Cookie", out}}).status, 401);

  const std::string quiet = log_in(read);
  clock.advance(std::chrono::hours(12));
  EXPECT_EQ(get("/api/me", {{"Cookie", quiet}}).status, 200) << "and it is refreshed";
  clock.advance(std::chrono::hours(12) + Milliseconds(1));
  EXPECT_EQ(get("/api/me", {{"Cookie", quiet}}).status, 401);

  const std::string revoked = log_in(read);
  ASSERT_TRUE(registry->remove_token(registry->token(read)->id));
  EXPECT_EQ(get("/api/me", {{"Cookie", revoked}}).status, 401);
}

TEST_F(OwnerRoutes, LetNoOtherSitesPageUseTheLogin) {
  const std::string cookie = log_in(admin);
  struct Row {
    const char* because;
    Headers headers;
    int status;
  };
  for (const auto& row : {
           Row{"the charts page itself", {{"Sec-Fetch-Site", "same-origin"}}, 201},
           Row{"another site's page", {{"Sec-Fetch-Site", "cross-site"}}, 403},
           Row{"a neighbour under the same domain", {{"Sec-Fetch-Site", "same-site"}}, 403},
           Row{"a link somebody clicked", {{"Sec-Fetch-Site", "none"}}, 403},
           Row{"an older browser on our page", {{"Origin", "https://stats.example"}, {"Host", "stats.example"}}, 201},
           Row{"in any letter case, with a port",
               {{"Origin", "http://Stats.Example:8080"}, {"Host", "stats.example:8080"}},
               201},
           Row{"at an IPv6 address", {{"Origin", "http://[2001:db8::1]:8080"}, {"Host", "[2001:db8::1]:8080"}}, 201},
           Row{"an older browser elsewhere", {{"Origin", "https://evil.example"}, {"Host", "stats.example"}}, 403},
           Row{"a page that hides where it is", {{"Origin", "null"}, {"Host", "stats.example"}}, 403},
           Row{"nobody says where from", {{"Host", "stats.example"}}, 403},
       }) {
    SCOPED_TRACE(row.because);
    Headers headers = row.headers;
    headers.push_back({"Cookie", cookie});
    const Answer answer = post("/api/sites", R"({"site":"new.example"})", headers);
    EXPECT_EQ(answer.status, row.status);
    if (row.status == 403) {
      EXPECT_EQ(answer.code(), "forbidden");
    }
  }
  EXPECT_EQ(get("/api/sites", {{"Cookie", cookie}, {"Sec-Fetch-Site", "cross-site"}}).status, 200)
      << "reading changes nothing, and the other page cannot see it";
}

TEST_F(OwnerRoutes, TakeATokenBeforeACookie) {
  const std::string cookie = log_in(read);
  as(admin);
  EXPECT_EQ(get("/api/me", {{"Cookie", cookie}}).text("role"), "admin");
  bearer = "Bearer nonsense";
  EXPECT_EQ(get("/api/me", {{"Cookie", cookie}}).status, 401);
}

// --- sites ---

TEST_F(OwnerRoutes, AddListAndRemoveSites) {
  as(admin);
  const Answer added =
      post("/api/sites", R"({"site":"New.Example","session_idle_seconds":60,"session_max_seconds":600})");
  EXPECT_EQ(added.status, 201);
  EXPECT_EQ(added.text("site"), "new.example");
  EXPECT_EQ(added.json().at("session_idle_seconds").as_int64(), 60);
  EXPECT_EQ(added.text("protect"), "origin");
  EXPECT_EQ(registry->site("new.example")->rules.idle, std::chrono::seconds(60));
  EXPECT_EQ(get("/api/sites").json().at("sites").as_array().size(), 3U);
  EXPECT_EQ(send(Method::del, "/api/sites/new.example").status, 204);
  EXPECT_EQ(registry->site("new.example"), nullptr);
  EXPECT_EQ(send(Method::del, "/api/sites/new.example").status, 404);
}

TEST_F(OwnerRoutes, ChangeOnlyTheSettingsOfASiteThatAreNamed) {
  as(admin);
  post("/api/sites", R"({"site":"new.example","session_idle_seconds":60,"session_max_seconds":600})");
  const Answer changed = post("/api/sites", R"({"site":"NEW.example","session_max_seconds":900})");
  EXPECT_EQ(changed.status, 201);
  EXPECT_EQ(registry->site("new.example")->rules.idle, std::chrono::seconds(60));
  EXPECT_EQ(registry->site("new.example")->rules.max, std::chrono::seconds(900));
}

TEST_F(OwnerRoutes, RefuseASiteThatIsWrong) {
  as(admin);
  struct Row {
    const char* because;
    const char* body;
    const char* field;
  };
  for (const auto& row : {
           Row{"no JSON", "site", "body"},
           Row{"no object", "[]", "body"},
           Row{"no site", "{}", "site"},
           Row{"a site that is none", R"({"site":"https://example.com/"})", "site"},
           Row{"a site of another type", R"({"site":7})", "site"},
           Row{"seconds of another type", R"({"site":"new.example","session_idle_seconds":"long"})",
               "session_idle_seconds"},
           Row{"no quiet time at all", R"({"site":"new.example","session_idle_seconds":0})", ""},
           Row{"a session shorter than its quiet time", R"({"site":"new.example","session_max_seconds":1})", ""},
       }) {
    SCOPED_TRACE(row.because);
    const Answer answer = post("/api/sites", row.body);
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.field(), row.field);
  }
}

// --- tokens ---

TEST_F(OwnerRoutes, MakeListAndRevokeTokens) {
  as(admin);
  const Answer made = post("/api/tokens", R"({"role":"read","sites":["example.com"],"label":"for the charts"})");
  EXPECT_EQ(made.status, 201);
  const std::string text = made.text("token");
  EXPECT_TRUE(registry->token(text));
  const Answer list = get("/api/tokens");
  EXPECT_NE(list.body.find("for the charts"), std::string::npos);
  EXPECT_EQ(list.body.find(text), std::string::npos) << "the text is shown once";
  EXPECT_EQ(list.body.find("sha256"), std::string::npos);
  EXPECT_EQ(send(Method::del, "/api/tokens/" + made.text("id")).status, 204);
  EXPECT_FALSE(registry->token(text));
  EXPECT_EQ(send(Method::del, "/api/tokens/" + made.text("id")).status, 404);
}

TEST_F(OwnerRoutes, RefuseATokenThatIsWrong) {
  as(admin);
  struct Row {
    const char* because;
    const char* body;
    int status;
    const char* field;
  };
  for (const auto& row : {
           Row{"no role", "{}", 400, "role"},
           Row{"an unknown role", R"({"role":"king"})", 400, "role"},
           Row{"a role of another type", R"({"role":7})", 400, "role"},
           Row{"a label of another type", R"({"role":"read","label":7})", 400, "label"},
           Row{"sites of another type", R"({"role":"read","sites":"example.com"})", 400, "sites"},
           Row{"a site of another type", R"({"role":"read","sites":[7]})", 400, "sites"},
           Row{"a site nobody registered", R"({"role":"read","sites":["stranger.example"]})", 404, "site"},
       }) {
    SCOPED_TRACE(row.because);
    const Answer answer = post("/api/tokens", row.body);
    EXPECT_EQ(answer.status, row.status);
    EXPECT_EQ(answer.field(), row.field);
  }
}

TEST_F(OwnerRoutes, LetAnAdminOfSomeSitesNotBecomeOneOfAll) {
  as(token(Role::admin, {"example.com"}));
  for (const auto& answer :
       {post("/api/tokens", R"({"role":"admin"})"), post("/api/sites", R"({"site":"new.example"})"), get("/api/tokens"),
        get("/api/sites"), send(Method::del, "/api/sites/example.org")}) {
    EXPECT_EQ(answer.status, 403);
  }
  EXPECT_EQ(get("/api/visits?site=example.com").status, 200);
  EXPECT_EQ(get("/api/visits?site=example.org").status, 404);
}

TEST_F(OwnerRoutes, SayWhenASettingCouldNotBeWritten) {
  as(admin);
  registry_file.refuses = true;
  EXPECT_EQ(post("/api/sites", R"({"site":"new.example"})").status, 503);
}

}  // namespace
}  // namespace footfall
