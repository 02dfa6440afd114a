#include "adapters/aws/credentials.h"

#include <gtest/gtest.h>

#include <map>

#include "cloud/fake_exchange.h"
#include "testing/fake_clock.h"

namespace footfall::aws {
namespace {

class CredentialsTest : public testing::Test {
 protected:
  std::string temporary(std::string_view key_id, Milliseconds lasts) {
    return R"({"Code":"Success","AccessKeyId":")" + std::string(key_id) +
           R"(","SecretAccessKey":"secret","Token":"token","Expiration":")" + to_rfc3339(clock.now() + lasts) + "\"}";
  }
  ErrorCode refusal() {
    const auto found = source.get();
    return found ? ErrorCode::exists : found.error().code;
  }

  std::map<std::string, std::string, std::less<>> variables;
  FakeServers servers;
  FakeClock clock;
  CredentialSource source{[this](const char* name) {
                            const auto found = variables.find(name);
                            return found == variables.end() ? std::string() : found->second;
                          },
                          servers.open(), clock};
};

TEST_F(CredentialsTest, AreThoseOfTheEnvironment) {
  variables = {{"AWS_ACCESS_KEY_ID", "AKID"}, {"AWS_SECRET_ACCESS_KEY", "secret"}, {"AWS_SESSION_TOKEN", "token"}};
  const auto found = source.get();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->key_id, "AKID");
  EXPECT_EQ(found->session_token, "token");
  EXPECT_TRUE(servers.asked.empty());
}

TEST_F(CredentialsTest, ComeFromTheContainerEndpointAndAreReplacedBeforeTheyEnd) {
  variables = {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/abc"},
               {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc"}};
  servers.answer(200, temporary("ONE", std::chrono::hours(1)));
  servers.answer(200, temporary("TWO", std::chrono::hours(2)));
  EXPECT_EQ(source.get()->key_id, "ONE");
  EXPECT_EQ(servers.asked.at(0).url, "http://169.254.170.2");
  EXPECT_EQ(servers.asked.at(0).request.target, "/v2/credentials/abc");
  EXPECT_EQ(servers.asked.at(0).header("authorization"), "Basic abc");
  clock.advance(std::chrono::minutes(54));
  EXPECT_EQ(source.get()->key_id, "ONE");
  clock.advance(std::chrono::minutes(2));
  EXPECT_EQ(source.get()->key_id, "TWO");
  EXPECT_EQ(servers.asked.size(), 2U);
}

TEST_F(CredentialsTest, ServeToTheirEndWhenTheyCannotBeReplaced) {
  variables = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:4000/creds"}};
  servers.answer(200, temporary("ONE", std::chrono::minutes(10)));
  EXPECT_EQ(source.get()->key_id, "ONE");
  clock.advance(std::chrono::minutes(7));
  EXPECT_EQ(source.get()->key_id, "ONE");
  clock.advance(std::chrono::minutes(4));
  EXPECT_EQ(refusal(), ErrorCode::unavailable);
}

TEST_F(CredentialsTest, TheContainersTokenIsToldToThisMachineAlone) {
  for (const char* url : {"http://example.com/creds", "http://169.254.169.254/x", "ftp://127.0.0.1/"}) {
    SCOPED_TRACE(url);
    variables = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", url}, {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "secret"}};
    EXPECT_EQ(refusal(), ErrorCode::unauthorized);
  }
  EXPECT_TRUE(servers.asked.empty());
}

TEST_F(CredentialsTest, ComeFromTheInstanceByASessionOfItsEndpoint) {
  servers.answer(200, "session-token");
  servers.answer(200, "the-role\n");
  servers.answer(200, temporary("INST", std::chrono::hours(6)));
  const auto found = source.get();
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(found->key_id, "INST");
  ASSERT_EQ(servers.asked.size(), 3U);
  EXPECT_EQ(servers.asked[0].request.method, Method::put);
  EXPECT_EQ(servers.asked[0].header("x-aws-ec2-metadata-token-ttl-seconds"), "300");
  EXPECT_EQ(servers.asked[1].header("x-aws-ec2-metadata-token"), "session-token");
  EXPECT_EQ(servers.asked[2].request.target, "/latest/meta-data/iam/security-credentials/the-role");
}

TEST_F(CredentialsTest, NoneAnywhereIsSaidClearly) {
  EXPECT_EQ(refusal(), ErrorCode::unauthorized);
  variables = {{"AWS_EC2_METADATA_DISABLED", "true"}};
  servers.asked.clear();
  EXPECT_EQ(refusal(), ErrorCode::unauthorized);
  EXPECT_TRUE(servers.asked.empty());
}

TEST_F(CredentialsTest, AnAnswerThatHoldsNoneIsNotBelieved) {
  variables = {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}};
  for (const char* body : {"", "[]", "{}", R"({"AccessKeyId":"a","SecretAccessKey":"b","Expiration":"soon"})",
                           R"({"AccessKeyId":7,"SecretAccessKey":"b","Expiration":"2030-01-01T00:00:00Z"})"}) {
    SCOPED_TRACE(body);
    servers.answer(200, body);
    EXPECT_EQ(refusal(), ErrorCode::unavailable);
  }
}

}  // namespace
}  // namespace footfall::aws
