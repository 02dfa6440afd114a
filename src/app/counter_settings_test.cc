#include "app/counter_settings.h"

#include <gtest/gtest.h>

#include "domain/limits.h"
#include "testing/fake_crypto.h"

namespace footfall {
namespace {

using Kind = WinnerRule::Kind;

class CounterSettingsTest : public testing::Test {
 protected:
  // The settings once a body was PUT while the counter stood at `value`.
  Result<CounterSettings> put(const std::string& body, std::uint64_t value = 0, std::uint64_t pool_taken = 0) {
    const auto parsed = parse_json(body);
    EXPECT_TRUE(parsed) << body;
    const auto change = read_settings_change(parsed->get_object());
    if (!change) return change.error();
    auto after = changed({settings_, value, pool_taken}, *change, crypto_);
    if (after) settings_ = *after;
    return after;
  }
  std::string field_of(const std::string& body, std::uint64_t value = 0) {
    const auto refused = put(body, value);
    EXPECT_FALSE(refused) << body;
    return refused ? "" : refused.error().field;
  }

  FakeCrypto crypto_;
  CounterSettings settings_;
};

TEST_F(CounterSettingsTest, ComeBackFromTheirText) {
  ASSERT_TRUE(
      put(R"({"initial":7,"once_per":"visitor-day","winners":{"exact":[500,100],"every":50,"random":{"one_in":9}},
                     "prizes":["a book",{"url":"https://example.com/x"},{"code":"ABC"}],"fallback":"thanks"})"));
  ASSERT_TRUE(put(R"({"winners":{"every":50}})", 60));
  const auto read = settings_of(settings_text(settings_));
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(*read, settings_);
  EXPECT_EQ(read->rules.size(), 3U);
}

TEST_F(CounterSettingsTest, AreNotReadFromWhatTheyAreNot) {
  for (const char* text :
       {"", "{}", "[]", R"({"initial":"7"})",
        R"({"initial":0,"once_per":"request","rules":[{"id":1,"kind":"random","since":0}],"prizes":[],)"
        R"("prizes_from":0,"fallback":""})"}) {
    const auto read = settings_of(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::corrupt);
  }
}

TEST_F(CounterSettingsTest, ChangeWhereTheyAreNamedAndStayElsewhere) {
  ASSERT_TRUE(put(R"({"initial":7,"once_per":"session","winners":{"every":50},"prizes":["a"]})"));
  const CounterSettings before = settings_;
  ASSERT_TRUE(put("{}", 100));
  EXPECT_EQ(settings_, before);
  ASSERT_TRUE(put(R"({"initial":8})", 100));
  EXPECT_EQ(settings_.initial, 8U);
  EXPECT_EQ(settings_.once_per, OncePer::session);
  EXPECT_EQ(settings_.rules, before.rules);
}

TEST_F(CounterSettingsTest, CannotMakeACounterGoBack) {
  ASSERT_TRUE(put(R"({"initial":7})"));
  const auto refused = put(R"({"initial":6})", 7);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::exists);
}

TEST_F(CounterSettingsTest, BeginARuleBehindTheNumberThatTheCounterStandsAt) {
  ASSERT_TRUE(put(R"({"winners":{"every":10}})", 42));
  EXPECT_EQ(settings_.rules[0].since, 42U);
  ASSERT_TRUE(put(R"({"initial":100,"winners":{"every":10,"exact":[500]}})", 50));
  EXPECT_EQ(settings_.rules[1].since, 150U) << "counting begins later with the same change";
}

TEST_F(CounterSettingsTest, EndRulesThatAreNamedNoMoreAndKeepThemForWhatTheyWon) {
  ASSERT_TRUE(put(R"({"winners":{"every":10,"random":{"one_in":9}}})"));
  const auto seed = settings_.rules[1].seed;
  ASSERT_TRUE(put(R"({"winners":{"random":{"one_in":9}}})", 30));
  ASSERT_EQ(settings_.rules.size(), 2U);
  EXPECT_EQ(settings_.rules[0].until, 30U);
  EXPECT_FALSE(settings_.rules[1].until) << "the draw goes on, with its seed";
  EXPECT_EQ(settings_.rules[1].seed, seed);
  ASSERT_TRUE(put(R"({"winners":null})", 40));
  EXPECT_EQ(settings_.rules[0].until, 30U);
  EXPECT_EQ(settings_.rules[1].until, 40U);
  ASSERT_TRUE(put(R"({"winners":{"random":{"one_in":9}}})", 41));
  ASSERT_EQ(settings_.rules.size(), 3U);
  EXPECT_NE(settings_.rules[2].seed, seed) << "another draw has another seed";
  EXPECT_EQ(settings_.rules[2].id, 3U);
}

TEST_F(CounterSettingsTest, RefuseALuckyNumberThatHasPassedUnlessTheRuleIsThereAlready) {
  EXPECT_EQ(field_of(R"({"winners":{"exact":[10,20]}})", 10), "winners.exact");
  ASSERT_TRUE(put(R"({"winners":{"exact":[10,20]}})", 9));
  EXPECT_TRUE(put(R"({"winners":{"exact":[20,10,10]}})", 15)) << "the same rule, sent again";
  EXPECT_EQ(settings_.rules.size(), 1U);
}

TEST_F(CounterSettingsTest, TellEverySeedAndEndItsDraw) {
  EXPECT_EQ(revealed(settings_, 5).error().code, ErrorCode::not_found);
  ASSERT_TRUE(put(R"({"winners":{"every":10,"random":{"one_in":9}}})"));
  const auto after = revealed(settings_, 77);
  ASSERT_TRUE(after);
  EXPECT_FALSE(after->rules[0].until);
  EXPECT_EQ(after->rules[1].until, 77U);
  EXPECT_TRUE(after->rules[1].revealed);
  EXPECT_EQ(revealed(*after, 80).error().code, ErrorCode::not_found) << "it is told";
}

TEST_F(CounterSettingsTest, ShowStrangersWhatCommitsTheOwnerAndNotWhatToWaitFor) {
  ASSERT_TRUE(put(R"({"winners":{"exact":[500],"every":10,"random":{"one_in":9}}})"));
  const std::string shown = json::serialize(rules_json(settings_, Audience::strangers, crypto_));
  EXPECT_EQ(shown.find("500"), std::string::npos);
  EXPECT_EQ(shown.find(R"("every":10)"), std::string::npos);
  EXPECT_EQ(shown.find(R"("seed":)"), std::string::npos);
  EXPECT_NE(shown.find("seed_commitment"), std::string::npos);
  const std::string owners = json::serialize(rules_json(settings_, Audience::owner, crypto_));
  EXPECT_NE(owners.find("500"), std::string::npos);
  EXPECT_EQ(owners.find(R"("seed":)"), std::string::npos) << "not even the owner, before it is told to all";
  const std::string told = json::serialize(rules_json(*revealed(settings_, 1), Audience::strangers, crypto_));
  EXPECT_NE(told.find(R"("seed":)"), std::string::npos);
}

TEST_F(CounterSettingsTest, NameTheFieldThatIsWrong) {
  struct Row {
    const char* body;
    const char* field;
  };
  const std::string many = [] {
    std::string numbers = "[1";
    for (std::size_t i = 2; i <= exact_numbers_max + 1; ++i) numbers += "," + std::to_string(i);
    return R"({"winners":{"exact":)" + numbers + "]}}";
  }();
  const std::string long_prize = R"({"prizes":[")" + std::string(prize_bytes_max + 1, 'x') + "\"]}";
  for (const auto& row : {Row{R"({"initial":-1})", "initial"},
                          Row{R"({"initial":1.5})", "initial"},
                          Row{R"({"initial":9007199254740992})", "initial"},
                          Row{R"({"once_per":"week"})", "once_per"},
                          Row{R"({"once_per":1})", "once_per"},
                          Row{R"({"winners":[]})", "winners"},
                          Row{R"({"winners":{"sometimes":1}})", "winners"},
                          Row{R"({"winners":{"exact":[]}})", "winners.exact"},
                          Row{R"({"winners":{"exact":[0]}})", "winners.exact"},
                          Row{many.c_str(), "winners.exact"},
                          Row{R"({"winners":{"every":1}})", "winners.every"},
                          Row{R"({"winners":{"random":9}})", "winners.random"},
                          Row{R"({"winners":{"random":{"one_in":9,"seed":"00"}}})", "winners.random"},
                          Row{R"({"winners":{"random":{"one_in":1}}})", "winners.random.one_in"},
                          Row{R"({"prizes":"a"})", "prizes"},
                          Row{R"({"prizes":[""]})", "prizes"},
                          Row{R"x({"prizes":[{"url":"javascript:alert(1)"}]})x", "prizes"},
                          Row{R"({"prizes":[{"text":"a","url":"b"}]})", "prizes"},
                          Row{long_prize.c_str(), "prizes"},
                          Row{R"({"fallback":7})", "fallback"},
                          Row{R"({"colour":"red"})", "colour"}}) {
    EXPECT_EQ(field_of(row.body), row.field) << row.body;
  }
}

TEST_F(CounterSettingsTest, StayWithinOneRecord) {
  std::string pool = R"({"prizes":[)";
  for (std::size_t i = 0; i * 1'100 < counter_settings_bytes_max; ++i) {
    pool += (i == 0 ? "\"" : ",\"") + std::string(1'100, 'x') + "\"";
  }
  const auto refused = put(pool + "]}");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::too_large);
  for (std::size_t i = 0; i < winner_rules_max; ++i) {
    ASSERT_TRUE(put(R"({"winners":{"every":)" + std::to_string(i + 2) + "}}"));
  }
  EXPECT_EQ(put(R"({"winners":{"every":1000}})").error().code, ErrorCode::too_many);
}

TEST_F(CounterSettingsTest, GiveANewPoolFromItsFirst) {
  ASSERT_TRUE(put(R"({"prizes":["a"]})", 0, 5));
  EXPECT_EQ(settings_.prizes_from, 5U);
}

TEST_F(CounterSettingsTest, AreTheSameHoweverOftenAConfigurationSaysThem) {
  const auto say = [&](const char* body, std::uint64_t value, std::uint64_t pool_taken) {
    const auto change = read_settings_change(parse_json(body)->get_object());
    return configured({settings_, value, pool_taken}, *change, crypto_);
  };
  const char* const body =
      R"({"initial":10,"winners":{"exact":[15],"random":{"one_in":9}},"prizes":["a","b"],"fallback":"c"})";
  settings_ = *say(body, 0, 0);
  EXPECT_EQ(settings_.rules.size(), 2U);
  const auto again = say(body, 20, 1);
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(*again, settings_) << "the pool goes on, the seed is the same, a number that has passed is no mistake";
  settings_.initial = 500;
  EXPECT_EQ(say(body, 520, 1)->initial, 500U) << "who moved it later meant that";
  EXPECT_EQ(say(R"({"prizes":["b"]})", 520, 1)->prizes_from, 1U) << "another pool begins at its first";
}

TEST_F(CounterSettingsTest, AreForTheTotalOnlyWhereItBegins) {
  const auto check = [&](const char* body) {
    return check_settings_change("TOTAL", *read_settings_change(parse_json(body)->get_object()));
  };
  EXPECT_TRUE(check(R"({"initial":5})"));
  for (const char* body : {R"({"winners":{"every":5}})", R"({"once_per":"session"})", R"({"prizes":[]})"}) {
    EXPECT_EQ(check(body).error().field, "key") << body;
  }
}

}  // namespace
}  // namespace footfall
