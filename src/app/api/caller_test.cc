#include "app/api/caller.h"

#include "app/api/api_world.h"

namespace footfall {
namespace {

class CallerTest : public ApiWorld {
 protected:
  Result<Caller> identify(const Headers& headers) {
    Request request;
    request.headers = headers;
    return the_callers.identify(request);
  }
};

TEST_F(CallerTest, IsAStrangerWithoutCredentials) {
  const auto caller = identify({});
  ASSERT_TRUE(caller);
  EXPECT_FALSE(caller->token);
  for (const Role role : {Role::ingest, Role::read, Role::admin}) EXPECT_FALSE(caller->may(role));
}

TEST_F(CallerTest, IsKnownByABearerToken) {
  for (const std::string& scheme : {std::string("Bearer "), std::string("bearer "), std::string("BEARER   ")}) {
    const std::string value = scheme + read;
    const auto caller = identify({{"authorization", value}});
    ASSERT_TRUE(caller) << scheme;
    EXPECT_EQ(caller->token->role, Role::read);
  }
}

TEST_F(CallerTest, IsRefusedWithCredentialsThatAreWrong) {
  for (const std::string& value : {std::string("Bearer"), std::string("Bearer "), std::string("Basic abc"),
                                   std::string("Bearer nonsense"), read, "Token " + read}) {
    SCOPED_TRACE(value);
    const auto caller = identify({{"Authorization", value}});
    ASSERT_FALSE(caller);
    EXPECT_EQ(caller.error().code, ErrorCode::unauthorized);
  }
  EXPECT_EQ(identify({{"Cookie", "footfall_login=nonsense"}}).error().code, ErrorCode::unauthorized);
  EXPECT_TRUE(identify({{"Cookie", "other=1"}})) << "somebody else's cookie is none of ours";
}

TEST_F(CallerTest, MayWhatItsRoleOpensAndNoMore) {
  struct Row {
    const char* who;
    std::string token;
    bool ingest, read, admin;
  };
  for (const auto& row : {Row{"ingest", ingest, true, false, false}, Row{"read", read, false, true, false},
                          Row{"admin", admin, true, true, true}}) {
    SCOPED_TRACE(row.who);
    const std::string value = "Bearer " + row.token;
    const auto caller = identify({{"Authorization", value}});
    EXPECT_EQ(caller->may(Role::ingest), row.ingest);
    EXPECT_EQ(caller->may(Role::read), row.read);
    EXPECT_EQ(caller->may(Role::admin), row.admin);
    EXPECT_EQ(caller->may(Role::read, "example.com"), row.read);
    EXPECT_EQ(caller->may(Role::read, "example.org"), row.admin) << "read tokens here open one site";
  }
}

TEST(Cookie, IsFoundByItsWholeName) {
  EXPECT_EQ(cookie_value("a=1; b=2", "b"), "2");
  EXPECT_EQ(cookie_value("a=1;b=2", "b"), "2");
  EXPECT_EQ(cookie_value("ab=1; b=2", "b"), "2");
  EXPECT_EQ(cookie_value("b=1; b=2", "b"), "1");
  EXPECT_EQ(cookie_value("b=1=2", "b"), "1=2");
  EXPECT_EQ(cookie_value("b", "b"), "");
  EXPECT_EQ(cookie_value("", "b"), "");
  EXPECT_EQ(cookie_value("x=b=1", "b"), "");
}

}  // namespace
}  // namespace footfall
