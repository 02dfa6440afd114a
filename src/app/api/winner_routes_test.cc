// "Am I a winner?" over HTTP, the draw that can be checked, and receipts that are what they say.
#include "app/api/api_world.h"
#include "base/text.h"
#include "domain/counter_rules.h"

namespace footfall {
namespace {

class WinnerRoutes : public ApiWorld {
 protected:
  Answer put(std::string_view body) {
    const std::string before = bearer;
    as(ingest);
    Answer answer = send(Method::put, "/api/counters/likes?site=example.com", body);
    bearer = before;
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer;
  }
  std::string receipt() { return post("/api/counters/likes/increment?site=example.com", "").text("receipt"); }
  Answer winner(const std::string& receipt = {}) {
    Headers headers;
    if (!receipt.empty()) headers.push_back({"Footfall-Receipt", receipt});
    return get("/api/counters/likes/winner?site=example.com", std::move(headers));
  }
  Answer claim(const std::string& receipt, Headers headers = {}) {
    const std::string body = receipt.empty() ? "" : R"({"receipt":")" + receipt + "\"}";
    return post("/api/counters/likes/claim?site=example.com", body, std::move(headers));
  }
};

TEST_F(WinnerRoutes, TellAReceiptWhetherItWon) {
  put(R"({"winners":{"every":2}})");
  const std::string first = receipt(), second = receipt();
  EXPECT_EQ(winner(first).body,
            R"({"site":"example.com","key":"likes","winner":false,"number":1,"rule":null,"claimed":false})");
  EXPECT_EQ(winner(second).body,
            R"({"site":"example.com","key":"likes","winner":true,"number":2,"rule":"every","claimed":false})");
  EXPECT_EQ(get("/api/counters/likes/winner?site=example.com&receipt=" + second).body, winner(second).body);
}

TEST_F(WinnerRoutes, TellASessionWhetherItWon) {
  put(R"({"winners":{"every":2}})");
  session = "ann";
  receipt();
  session = "bob";
  receipt();
  EXPECT_EQ(winner().json().at("winner"), json::value(true));
  EXPECT_EQ(claim("").status, 200);
  EXPECT_EQ(claim("").status, 409);
  session = "ann";
  EXPECT_EQ(winner().json().at("winner"), json::value(false));
  EXPECT_EQ(claim("").status, 404);
  session = "";
  EXPECT_EQ(winner().field(), "receipt");
}

TEST_F(WinnerRoutes, HandOutASurpriseOnce) {
  put(R"({"winners":{"every":2},"prizes":[{"code":"ABC-123"}],"fallback":"thank you"})");
  receipt();
  const std::string second = receipt();
  const Answer answer = claim(second);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"site":"example.com","key":"likes","number":2,"surprise":{"code":"ABC-123"}})");
  EXPECT_TRUE(answer.after) << "on disk before it is handed out";
  EXPECT_EQ(claim(second).status, 409);
  EXPECT_EQ(winner(second).json().at("claimed"), json::value(true));
  receipt();
  EXPECT_EQ(claim(receipt()).json().at("surprise"), json::value({{"text", "thank you"}}));
}

TEST_F(WinnerRoutes, AnswerARetriedClaimWithTheSameSurprise) {
  put(R"({"winners":{"every":2},"prizes":["a","b"]})");
  receipt();
  const std::string second = receipt();
  const Headers once{{"Idempotency-Key", "retry"}};
  EXPECT_EQ(claim(second, once).body, claim(second, once).body);
  EXPECT_EQ(claim(second).status, 409);
}

TEST_F(WinnerRoutes, HaveNothingToHandOutWhereTheOwnerGaveNothing) {
  put(R"({"winners":{"every":2}})");
  receipt();
  EXPECT_EQ(claim(receipt()).json().at("surprise"), json::value(nullptr));
}

TEST_F(WinnerRoutes, RefuseAReceiptThatIsForgedOrAnothers) {
  put(R"({"winners":{"every":2}})");
  receipt();
  const std::string good = receipt();
  std::string forged = good;
  forged[40] = forged[40] == 'A' ? 'B' : 'A';
  for (const Answer& answer : {winner(forged), claim(forged)}) {
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.field(), "receipt");
  }
  EXPECT_EQ(winner("ff1.AAAA").status, 400);
  EXPECT_EQ(claim("nothing").status, 400);
  const std::string other = post("/api/counters/loves/increment?site=example.com", "").text("receipt");
  EXPECT_EQ(winner(other).status, 400);
  EXPECT_EQ(claim(other).field(), "receipt");
  EXPECT_EQ(claim(good).status, 200);
}

TEST_F(WinnerRoutes, PublishTheDrawBeforeAndItsSeedAfter) {
  EXPECT_EQ(get("/api/counters/likes/draw?site=example.com").status, 404);
  put(R"({"winners":{"random":{"one_in":2},"exact":[50]}})");
  for (int i = 0; i < 20; ++i) receipt();
  const auto rules = get("/api/counters/likes/draw?site=example.com").json().at("rules").as_array();
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_FALSE(rules[0].as_object().contains("numbers")) << "nobody waits for a lucky number";
  const std::string commitment = json::value_to<std::string>(rules[1].at("seed_commitment"));
  EXPECT_FALSE(rules[1].as_object().contains("seed"));

  EXPECT_EQ(post("/api/counters/likes/draw/reveal?site=example.com", "").status, 401);
  as(ingest);
  const auto told = post("/api/counters/likes/draw/reveal?site=example.com", "").json().at("rules").as_array();
  EXPECT_EQ(told[1].at("until"), json::value(20));
  const std::string seed = json::value_to<std::string>(told[1].at("seed"));
  EXPECT_EQ(seed.size(), 64U);
  std::string bytes;
  for (std::size_t i = 0; i < seed.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(seed.substr(i, 2), nullptr, 16)));
  }
  EXPECT_EQ(to_hex(crypto.sha256(bytes)), commitment);
  EXPECT_EQ(post("/api/counters/likes/draw/reveal?site=example.com", "").status, 404) << "once";
  EXPECT_EQ(post("/api/counters/none/draw/reveal?site=example.com", "").status, 404);
}

TEST_F(WinnerRoutes, ListWinsAndClaimsForTheOwner) {
  put(R"({"winners":{"every":2},"prizes":["a","b","c"]})");
  std::string newest;
  for (int i = 0; i < 6; ++i) newest = receipt();
  EXPECT_EQ(claim(newest).status, 200);
  EXPECT_EQ(get("/api/counters/likes/wins?site=example.com").status, 401);
  as(read);
  const Answer answer = get("/api/counters/likes/wins?site=example.com");
  EXPECT_EQ(answer.json().at("prizes_left"), json::value(2));
  EXPECT_EQ(answer.json().at("claimed"), json::value(1));
  const auto wins = answer.json().at("wins").as_array();
  ASSERT_EQ(wins.size(), 3U);
  EXPECT_EQ(wins[0].at("number"), json::value(6));
  EXPECT_EQ(wins[0].at("surprise"), json::value({{"text", "a"}}));
  EXPECT_EQ(wins[1].at("claimed"), json::value(nullptr));
  EXPECT_EQ(get("/api/counters/likes/wins?site=example.com&limit=1").json().at("wins").as_array().size(), 1U);
  EXPECT_EQ(get("/api/counters/none/wins?site=example.com").status, 404);
  as(read_elsewhere);
  EXPECT_EQ(get("/api/counters/likes/wins?site=example.com").status, 404);
}

// --- receipts ---

TEST_F(WinnerRoutes, PublishTheKeysAndVerifyWhatTheySigned) {
  session = "ann";
  const std::string good = receipt();
  const Answer keys = get("/api/receipts/key");
  EXPECT_EQ(keys.status, 200);
  EXPECT_EQ(keys.body.find("secret"), std::string::npos);
  const Answer answer = post("/api/receipts/verify", R"({"receipt":")" + good + "\"}");
  EXPECT_EQ(answer.json().at("valid"), json::value(true));
  EXPECT_EQ(answer.json().at("number"), json::value(1));
  EXPECT_EQ(answer.text("key_id"), json::value_to<std::string>(keys.json().at("keys").at(0).at("id")));
  const Answer forged = post("/api/receipts/verify", R"({"receipt":")" + good + "A\"}");
  EXPECT_EQ(forged.status, 200);
  EXPECT_EQ(forged.json().at("valid"), json::value(false));
  for (const char* body : {"", "[]", "{}", R"({"receipt":7})"}) {
    EXPECT_EQ(post("/api/receipts/verify", body).status, 400) << body;
  }
}

TEST_F(WinnerRoutes, ReplaceTheKeyForTheOwnerAlone) {
  const std::string before = receipt();
  for (const std::string& token : {std::string(), read, ingest}) {
    as(token);
    EXPECT_GE(post("/api/receipts/rotate", "").status, 401);
  }
  as(admin);
  EXPECT_EQ(post("/api/receipts/rotate", "").json().at("keys").as_array().size(), 2U);
  EXPECT_EQ(post("/api/receipts/verify", R"({"receipt":")" + before + "\"}").json().at("valid"), json::value(true));
}

}  // namespace
}  // namespace footfall
