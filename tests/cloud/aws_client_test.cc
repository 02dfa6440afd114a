#include "adapters/aws/aws_client.h"

#include <gtest/gtest.h>

#include "cloud/fake_exchange.h"
#include "testing/fake_clock.h"
#include "testing/fake_crypto.h"

namespace footfall::aws {
namespace {

using std::chrono::milliseconds;

constexpr const char* throttled =
    R"({"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slow"})";

class AwsClientTest : public testing::Test {
 protected:
  AwsClientTest() {
    ServiceSettings settings;
    settings.scope = {"eu-central-1", "dynamodb"};
    settings.protocol = "1.0";
    auto made = AwsClient::make(settings, {clock, crypto, credentials, servers.open(), [this](milliseconds time) {
                                             waits.push_back(time);
                                             clock.advance(time);
                                           }});
    EXPECT_TRUE(made);
    client = std::move(*made);
  }
  Result<ServiceAnswer> call(Repeat repeat = Repeat::harmless) { return client->call("Dynamo.Do", "{}", repeat); }

  FakeClock clock;
  FakeCrypto crypto;
  FakeServers servers;
  std::vector<milliseconds> waits;
  int environment_reads = 0;
  CredentialSource credentials{[this](const char* name) {
                                 ++environment_reads;
                                 return std::string(name) == "AWS_SESSION_TOKEN" ? "token" : "x";
                               },
                               servers.open(), clock};
  std::unique_ptr<AwsClient> client;
};

TEST_F(AwsClientTest, AsksTheRegionsOwnEndpointWithASignature) {
  servers.answer(200, R"({"ok":1})");
  const auto answer = call();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->type.empty());
  EXPECT_EQ(answer->body, R"({"ok":1})");
  const auto& asked = servers.asked.at(0);
  EXPECT_EQ(asked.url, "https://dynamodb.eu-central-1.amazonaws.com");
  EXPECT_EQ(asked.header("host"), "dynamodb.eu-central-1.amazonaws.com");
  EXPECT_EQ(asked.header("x-amz-target"), "Dynamo.Do");
  EXPECT_EQ(asked.header("content-type"), "application/x-amz-json-1.0");
  EXPECT_EQ(asked.header("x-amz-security-token"), "token");
  EXPECT_NE(asked.header("authorization")
                .find("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;"
                      "x-amz-target,"),
            std::string::npos);
}

TEST_F(AwsClientTest, WhatWasRefusedForWantOfCapacityIsTriedAgainWhateverItIs) {
  for (int i = 0; i < 4; ++i) servers.answer(400, throttled);
  servers.answer(200, "{}");
  EXPECT_TRUE(call(Repeat::harmful));
  EXPECT_EQ(servers.asked.size(), 5U);
  ASSERT_EQ(waits.size(), 4U);
  for (std::size_t i = 0; i < waits.size(); ++i) EXPECT_LE(waits[i], milliseconds(50) * (1U << i));
}

TEST_F(AwsClientTest, ThrottlingForAMinuteEndsInARefusalAndNotInAGuess) {
  for (int i = 0; i < 1'000; ++i) servers.answer(400, throttled);
  const Instant begun = clock.now();
  const auto answer = call(Repeat::harmful);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
  EXPECT_LE(clock.now() - begun, milliseconds(30'000));
}

TEST_F(AwsClientTest, WithoutAnAnswerOnlyWhatIsHarmlessIsTriedAgain) {
  for (const ErrorCode fault : {ErrorCode::failed, ErrorCode::timed_out}) {
    servers.asked.clear();
    servers.fail(fault);
    const auto once = call(Repeat::harmful);
    ASSERT_FALSE(once);
    EXPECT_EQ(once.error().code, ErrorCode::unknown_result);
    EXPECT_EQ(servers.asked.size(), 1U);
    EXPECT_FALSE(servers.asked[0].request.repeatable);
    servers.fail(fault);
    servers.answer(200, "{}");
    EXPECT_TRUE(call(Repeat::harmless));
  }
}

TEST_F(AwsClientTest, AFaultOfTheServiceMayHaveBeenDone) {
  servers.answer(500, R"({"__type":"InternalServerError"})");
  EXPECT_EQ(call(Repeat::harmful).error().code, ErrorCode::unknown_result);
  servers.answer(503, "<html>");
  servers.answer(200, "{}");
  EXPECT_TRUE(call(Repeat::harmless));
}

TEST_F(AwsClientTest, AnOldDoubtIsNotForgottenWhenTheTimeIsOver) {
  servers.fail(ErrorCode::failed);
  for (int i = 0; i < 1'000; ++i) servers.answer(400, throttled);
  EXPECT_EQ(call(Repeat::harmless).error().code, ErrorCode::unknown_result);
}

TEST_F(AwsClientTest, ARefusalOfTheRequestIsAnAnswer) {
  servers.answer(400,
                 R"({"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"no"})");
  const auto answer = call();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->type, "ConditionalCheckFailedException");
  EXPECT_EQ(servers.asked.size(), 1U);
}

TEST_F(AwsClientTest, CredentialsThatEndedAreLookedForAgainOnce) {
  const char* const expired = R"({"__type":"x#ExpiredTokenException","message":"old"})";
  servers.answer(400, expired);
  servers.answer(200, "{}");
  EXPECT_TRUE(call());
  EXPECT_GT(environment_reads, 3);
  servers.answer(400, expired);
  servers.answer(400, expired);
  EXPECT_EQ(call().error().code, ErrorCode::unauthorized);
}

TEST_F(AwsClientTest, NothingBeginsAfterTheDeadline) {
  client->end_by(clock.now() + milliseconds(400));
  for (int i = 0; i < 100; ++i) servers.answer(400, throttled);
  EXPECT_FALSE(call());
  for (const auto& asked : servers.asked) EXPECT_LE(asked.patience, milliseconds(400));
  servers.asked.clear();
  client->end_by(clock.now());
  EXPECT_EQ(call().error().code, ErrorCode::unavailable);
  EXPECT_TRUE(servers.asked.empty());
}

}  // namespace
}  // namespace footfall::aws
