// What the recording routes drop and how they say so, and the quarantine over HTTP.
#include "app/api/api_world.h"
#include "domain/limits.h"

namespace footfall {
namespace {

constexpr const char* hit_id = "01a1fd58-39a0-7a4c-9d7e-5c0f3b1a2d4e";

class DroppedRoutes : public ApiWorld {
 protected:
  DroppedRoutes() { processor.start(); }

  void protect(Protect protect) {
    Site site = *registry->site("example.com");
    site.protect = protect;
    EXPECT_TRUE(registry->put_site(site));
  }
  std::string page_token(std::string_view subject = hit_id) {
    return page_tokens.mint("example.com", subject, clock.now());
  }
  // The ways to record, each with the same headers and page token.
  struct Way {
    const char* name;
    std::function<Answer(const Headers&, const std::string&)> record;
    bool is_hit = true;
  };
  std::vector<Way> ways() {
    const auto with = [](std::string body, const std::string& token) {
      if (!token.empty()) body.insert(1, R"("tk":")" + token + R"(",)");
      return body;
    };
    const auto in_query = [](const std::string& token) { return token.empty() ? "" : "&k=" + token; };
    return {
        {"event",
         [this, with](const Headers& headers, const std::string& token) {
           return post("/api/event", with(R"({"n":"pageview","u":"https://example.com/a"})", token), headers);
         }},
        {"visits",
         [this, with](const Headers& headers, const std::string& token) {
           return post("/api/visits", with(R"({"site":"example.com","path":"/a"})", token), headers);
         }},
        {"pixel",
         [this, in_query](const Headers& headers, const std::string& token) {
           return get("/pixel.gif?site=example.com&p=/a" + in_query(token), headers);
         }},
        {"increment",
         [this, with](const Headers& headers, const std::string& token) {
           return post("/api/counters/likes/increment?site=example.com", with(R"({"by":1})", token), headers);
         },
         false},
        {"increment by GET",
         [this, in_query](const Headers& headers, const std::string& token) {
           return get("/api/counters/likes/increment?site=example.com" + in_query(token), headers);
         },
         false},
    };
  }
  std::uint64_t dropped(DropReason reason) { return collector->counts().dropped.at(static_cast<std::size_t>(reason)); }
  std::uint64_t accepted() { return collector->counts().accepted; }
  json::object listed(const std::string& more = "") {
    as(read);
    const Answer answer = get("/api/dropped?site=example.com&fresh=true" + more);
    as_stranger();
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.json();
  }
  std::uint64_t readmitted(const std::string& body) {
    as(admin);
    const Answer answer = post("/api/dropped/readmit", body);
    as_stranger();
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.status == 200 ? answer.json().at("readmitted").to_number<std::uint64_t>() : 0;
  }
  std::uint64_t value(std::string_view key) {
    const auto reading = collector->counter("example.com", key);
    return reading ? reading->value : 0;
  }
};

// --- what is dropped ---

TEST_F(DroppedRoutes, EveryWayToRecordDropsAForeignPageAndSaysWhy) {
  std::uint64_t hits = 0;
  for (const Way& way : ways()) {
    SCOPED_TRACE(way.name);
    const std::uint64_t before = dropped(DropReason::foreign_origin);
    const Answer answer = way.record({{"Origin", "https://evil.example"}}, "");
    EXPECT_EQ(answer.status, 202);
    EXPECT_EQ(answer.header("x-footfall-dropped"), "foreign_origin");
    EXPECT_EQ(answer.header("access-control-allow-origin"), "*");
    EXPECT_EQ(answer.header("content-type").find("image/"), std::string::npos) << "an image says that it was counted";
    EXPECT_EQ(dropped(DropReason::foreign_origin), before + 1);
    if (!way.is_hit) continue;
    ++hits;
    EXPECT_TRUE(answer.after) << "what is kept is on disk before it is said to be";
    EXPECT_EQ(listed().at("dropped").as_array().size(), hits);
  }
  EXPECT_EQ(accepted(), 0U);
  EXPECT_EQ(value("/a"), 0U);
  EXPECT_EQ(value("likes"), 0U);
}

TEST_F(DroppedRoutes, EveryWayToRecordTakesAPageOfTheSiteAndWhoIsNoBrowser) {
  for (const Way& way : ways()) {
    SCOPED_TRACE(way.name);
    for (const Headers& headers : {Headers{}, Headers{{"Origin", "https://www.example.com"}}}) {
      const std::uint64_t before = accepted();
      const Answer answer = way.record(headers, "");
      EXPECT_EQ(answer.header("x-footfall-dropped"), "");
      EXPECT_EQ(accepted(), before + 1);
    }
  }
}

TEST_F(DroppedRoutes, AStrictSiteWantsAPageTokenWhicheverWayItIsAsked) {
  protect(Protect::strict);
  for (const Way& way : ways()) {
    SCOPED_TRACE(way.name);
    EXPECT_EQ(way.record({}, "").header("x-footfall-dropped"), "no_token");
    EXPECT_EQ(way.record({}, "nonsense").header("x-footfall-dropped"), "bad_token");
    const std::uint64_t before = accepted();
    EXPECT_EQ(way.record({}, page_token("-")).header("x-footfall-dropped"), "");
    const std::string token = page_token("-");
    EXPECT_EQ(way.record({{"X-Footfall-Token", token}}, "").header("x-footfall-dropped"), "");
    EXPECT_EQ(accepted(), before + 2);
    as(ingest);
    EXPECT_EQ(way.record({{"Origin", "https://evil.example"}}, "").header("x-footfall-dropped"), "");
    as(ingest_elsewhere);
    EXPECT_EQ(way.record({}, "").header("x-footfall-dropped"), "no_token");
    as_stranger();
  }
}

TEST_F(DroppedRoutes, TellsBrowsersThatTheHeaderMayBeSent) {
  EXPECT_NE(send(Method::options, "/api/event").header("access-control-allow-headers").find("x-footfall-token"),
            std::string::npos);
}

TEST_F(DroppedRoutes, ABeaconThatComesAgainIsAReplayAndCountsOnce) {
  protect(Protect::strict);
  const std::string token = page_token();
  for (const Way& way : ways()) {
    if (!way.is_hit) continue;
    SCOPED_TRACE(way.name);
    clock.advance(std::chrono::minutes(11));
    const std::string fresh = page_token();
    const std::uint64_t before = value("/a");
    EXPECT_EQ(way.record({}, fresh).header("x-footfall-dropped"), "");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(way.record({}, fresh).header("x-footfall-dropped"), "replayed");
    EXPECT_EQ(value("/a"), before + 1);
  }
  EXPECT_EQ(dropped(DropReason::replayed), 9U);
}

TEST_F(DroppedRoutes, APageThatNamesItsMessagesMaySayTheSameTwice) {
  const std::string token = page_token();
  const auto event = [&](const char* name) {
    return post("/api/event", R"({"n":"pageview","k":"restored","u":"https://example.com/a","tk":")" + token +
                                  R"(","b":")" + name + "\"}")
        .header("x-footfall-dropped");
  };
  EXPECT_EQ(event("first"), "");
  EXPECT_EQ(event("second"), "");
  EXPECT_EQ(event("first"), "replayed");
  EXPECT_EQ(value("/a"), 2U);
}

TEST_F(DroppedRoutes, EngagementOfAForeignPageIsCountedAndNotKept) {
  const Answer answer = post("/api/event", R"({"n":"engagement","u":"https://example.com/a","e":5000})",
                             {{"Origin", "https://evil.example"}});
  EXPECT_EQ(answer.header("x-footfall-dropped"), "foreign_origin");
  EXPECT_TRUE(listed().at("dropped").as_array().empty());
  EXPECT_EQ(dropped(DropReason::foreign_origin), 1U);
}

TEST_F(DroppedRoutes, OfManySitesAndManyHitsOnlyThoseThatMayNotAreDropped) {
  const Answer event = post("/api/event", R"({"n":"pageview","u":"/a","d":"example.com,example.org,nobody.example"})",
                            {{"Origin", "https://example.org"}});
  EXPECT_EQ(event.header("x-plausible-dropped"), "2");
  EXPECT_EQ(event.header("x-footfall-dropped"), "foreign_origin");
  EXPECT_EQ(accepted(), 1U);
  const Answer visits =
      post("/api/visits", R"([{"site":"example.com","path":"/a"},{"site":"example.org","path":"/b"}])",
           {{"Origin", "https://example.org"}});
  EXPECT_EQ(visits.status, 202);
  EXPECT_EQ(visits.header("x-footfall-dropped"), "foreign_origin");
  EXPECT_EQ(visits.json().at("accepted").to_number<int>(), 1);
  const json::object refused = visits.json().at("refused").as_array().at(0).as_object();
  EXPECT_EQ(refused.at("index").to_number<int>(), 0);
  EXPECT_EQ(refused.at("code").as_string(), "dropped");
  EXPECT_EQ(refused.at("reason").as_string(), "foreign_origin");
  EXPECT_EQ(dropped(DropReason::unknown_site), 1U);
}

TEST_F(DroppedRoutes, KeepNothingOfWhoAskedNotToBeCounted) {
  Site site = *registry->site("example.com");
  site.honour_gpc = true;
  ASSERT_TRUE(registry->put_site(site));
  for (const Way& way : ways()) {
    EXPECT_EQ(way.record({{"Sec-GPC", "1"}}, "").header("x-footfall-dropped"), "gpc") << way.name;
  }
  EXPECT_EQ(journal.next(), 0U);
}

// --- the quarantine ---

TEST_F(DroppedRoutes, ListWhatWasDroppedWithItsReasonNewestFirst) {
  const Headers foreign{{"Origin", "https://evil.example"}};
  post("/api/event", R"({"n":"pageview","u":"https://example.com/a?q=1","t":"Title","r":"https://r.example/"})",
       foreign);
  clock.advance(std::chrono::seconds(1));
  post("/api/event", R"({"n":"signup","u":"https://example.com/b","p":{"plan":"gold"}})",
       {{"Sec-Fetch-Site", "cross-site"}});
  const json::object all = listed();
  EXPECT_EQ(all.at("counts").as_object(), (json::object{{"foreign_origin", 1}, {"cross_site", 1}}));
  EXPECT_TRUE(all.at("next_cursor").is_null());
  const json::array& rows = all.at("dropped").as_array();
  ASSERT_EQ(rows.size(), 2U);
  const json::object& event = rows[0].as_object();
  EXPECT_EQ(event.at("reason").as_string(), "cross_site");
  EXPECT_EQ(event.at("event").as_string(), "signup");
  EXPECT_EQ(event.at("props").as_object().at("plan").as_string(), "gold");
  const json::object& view = rows[1].as_object();
  EXPECT_EQ(view.at("path").as_string(), "/a");
  EXPECT_EQ(view.at("query").as_string(), "q=1");
  EXPECT_EQ(view.at("title").as_string(), "Title");
  EXPECT_EQ(view.at("ip").as_string(), "203.0.113.9");
  EXPECT_EQ(view.at("user_agent").as_string(), "Firefox");
  EXPECT_EQ(view.at("rules").as_string().size(), 8U);
  EXPECT_FALSE(view.contains("event"));
}

TEST_F(DroppedRoutes, FindByReasonPathAddressAndTimeAPageAtATime) {
  for (const char* path : {"/a", "/b", "/c"}) {
    post("/api/visits", std::string(R"({"site":"example.com","path":")") + path + "\"}", {{"Origin", "null"}});
    clock.advance(std::chrono::seconds(1));
  }
  EXPECT_EQ(listed("&path=/b").at("dropped").as_array().size(), 1U);
  EXPECT_EQ(listed("&reason=no_token").at("dropped").as_array().size(), 0U);
  EXPECT_EQ(listed("&ip=203.0.113.9").at("dropped").as_array().size(), 3U);
  EXPECT_EQ(listed("&ip=203.0.113.8").at("dropped").as_array().size(), 0U);
  EXPECT_EQ(listed("&to=2001-01-01").at("dropped").as_array().size(), 0U);
  const json::object first = listed("&limit=2");
  EXPECT_EQ(first.at("dropped").as_array().size(), 2U);
  EXPECT_EQ(first.at("counts").as_object().at("foreign_origin").to_number<int>(), 3) << "of all, not of the page";
  const json::object second = listed("&limit=2&cursor=" + std::string(first.at("next_cursor").as_string()));
  ASSERT_EQ(second.at("dropped").as_array().size(), 1U);
  EXPECT_EQ(second.at("dropped").as_array()[0].as_object().at("path").as_string(), "/a");
  as(read);
  for (const char* wrong :
       {"&reason=weather", "&ip=nobody", "&from=soon", "&limit=0", "&cursor=abc", "&from=2026-01-02&to=2026-01-01"}) {
    EXPECT_EQ(get(std::string("/api/dropped?site=example.com") + wrong).status, 400) << wrong;
  }
}

TEST_F(DroppedRoutes, ReadmittedHitsCountOnceHoweverOftenTheyAreAskedFor) {
  for (int i = 0; i < 3; ++i) {
    post("/api/event", R"({"n":"pageview","u":"https://example.com/a"})", {{"Origin", "https://evil.example"}});
  }
  const std::string body = R"({"site":"example.com","reason":"foreign_origin"})";
  EXPECT_EQ(readmitted(body), 3U);
  EXPECT_EQ(value("/a"), 3U);
  EXPECT_EQ(readmitted(body), 0U);
  EXPECT_EQ(value("/a"), 3U);
  EXPECT_TRUE(listed().at("dropped").as_array().empty());
  as(read);
  EXPECT_EQ(get("/api/visits?site=example.com&fresh=true").json().at("visits").as_array().size(), 3U);
}

TEST_F(DroppedRoutes, ReadmitBySingleIdsAndByTime) {
  for (const char* path : {"/a", "/b", "/c"}) {
    post("/api/visits", std::string(R"({"site":"example.com","path":")") + path + "\"}", {{"Origin", "null"}});
  }
  const std::string id(listed("&path=/b").at("dropped").as_array().at(0).as_object().at("id").as_string());
  EXPECT_EQ(readmitted(R"({"site":"example.com","ids":[")" + id + "\"]}"), 1U);
  EXPECT_EQ(value("/b"), 1U);
  EXPECT_EQ(readmitted(R"({"site":"example.com","to":"2001-01-01"})"), 0U);
  EXPECT_EQ(readmitted(R"({"site":"example.com","from":"2001-01-01"})"), 2U);
}

TEST_F(DroppedRoutes, RefuseToReadmitWhatNobodyNamedAndWhoeverMayNot) {
  struct Row {
    const char* because;
    const char* body;
    int status;
  };
  as(admin);
  for (const Row& row : {
           Row{"nothing but the site", R"({"site":"example.com"})", 400},
           Row{"no site", R"({"reason":"no_token"})", 404},
           Row{"another site", R"({"site":"nobody.example","reason":"no_token"})", 404},
           Row{"no such reason", R"({"site":"example.com","reason":"weather"})", 400},
           Row{"no address", R"({"site":"example.com","ip":"nobody"})", 400},
           Row{"no time", R"({"site":"example.com","from":"soon"})", 400},
           Row{"backwards", R"({"site":"example.com","from":"2026-01-02","to":"2026-01-01"})", 400},
           Row{"ids that are none", R"({"site":"example.com","ids":["abc"]})", 400},
           Row{"ids that are no list", R"({"site":"example.com","ids":"abc"})", 400},
           Row{"no object", "[]", 400},
           Row{"no JSON", "readmit all", 400},
       }) {
    EXPECT_EQ(post("/api/dropped/readmit", row.body).status, row.status) << row.because;
  }
  as(read);
  EXPECT_EQ(post("/api/dropped/readmit", R"({"site":"example.com","reason":"no_token"})").status, 403);
  EXPECT_EQ(get("/api/dropped?site=example.org").status, 404);
  as_stranger();
  EXPECT_EQ(get("/api/dropped?site=example.com").status, 401);
}

TEST_F(DroppedRoutes, AreCountedByReasonForWhoeverWatches) {
  post("/api/event", R"({"n":"pageview","u":"https://example.com/a"})", {{"Origin", "https://evil.example"}});
  post("/api/event", R"({"n":"pageview","u":"https://nobody.example/a"})");
  readmitted(R"({"site":"example.com","path":"/a"})");
  as(read);
  const std::string metrics = get("/metrics").body;
  for (const char* line : {"footfall_events_dropped_total{reason=\"foreign_origin\"} 1\n",
                           "footfall_events_dropped_total{reason=\"unknown_site\"} 1\n",
                           "footfall_events_dropped_total{reason=\"replayed\"} 0\n",
                           "footfall_events_dropped_kept_total 1\n", "footfall_events_readmitted_total 1\n"}) {
    EXPECT_NE(metrics.find(line), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace footfall
