#include "app/cloud/function_event.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

json::object object(std::string_view text) {
  auto value = parse_json(text);
  EXPECT_TRUE(value) << text;
  return value && value->is_object() ? value->get_object() : json::object{};
}

constexpr std::string_view http_event = R"({
  "version": "2.0", "routeKey": "$default", "rawPath": "/api/counters/%2Fabout", "rawQueryString": "site=example.com&a=%20",
  "cookies": ["a=1", "__Host-footfall=x"],
  "headers": {"user-agent": "Firefox", "x-forwarded-proto": "https", "accept": "a, b"},
  "requestContext": {"stage": "$default", "http": {"method": "POST", "path": "/x", "sourceIp": "203.0.113.9"}},
  "body": "eyJieSI6MX0=", "isBase64Encoded": true})";

constexpr std::string_view rest_event = R"({
  "resource": "/{proxy+}", "path": "/api/visits", "httpMethod": "GET",
  "headers": {"User-Agent": "only the last"}, "multiValueHeaders": {"User-Agent": ["Firefox"], "Cookie": ["a=1", "b=2"]},
  "queryStringParameters": {"path": "/b"}, "multiValueQueryStringParameters": {"path": ["/a b&c", "/b"], "ip": ["::1"]},
  "requestContext": {"stage": "prod", "identity": {"sourceIp": "2001:db8::7"}},
  "body": null, "isBase64Encoded": false})";

TEST(FunctionEvent, ReadsARequestOfAnHttpApi) {
  const auto read = FunctionRequest::read(object(http_event));
  ASSERT_TRUE(read) << read.error().what;
  const Request& request = (*read)->request();
  EXPECT_EQ((*read)->format(), FunctionRequest::Format::http_2);
  EXPECT_EQ(request.method, Method::post);
  EXPECT_EQ(request.path, "/api/counters/%2Fabout");
  EXPECT_EQ(request.query, "site=example.com&a=%20");
  EXPECT_EQ(request.header("User-Agent"), "Firefox");
  EXPECT_EQ(request.header("cookie"), "a=1; __Host-footfall=x");
  EXPECT_EQ(request.body, R"({"by":1})");
  EXPECT_EQ(request.peer.text(), "203.0.113.9");
  EXPECT_TRUE(request.secure);
}

TEST(FunctionEvent, ANamedStageIsNoPartOfThePath) {
  json::object event = object(http_event);
  event["rawPath"] = "/prod/api/event";
  event["requestContext"].get_object()["stage"] = "prod";
  EXPECT_EQ((*FunctionRequest::read(event))->request().path, "/api/event");
  event["rawPath"] = "/production/api/event";
  EXPECT_EQ((*FunctionRequest::read(event))->request().path, "/production/api/event");
}

TEST(FunctionEvent, ReadsARequestOfARestApi) {
  const auto read = FunctionRequest::read(object(rest_event));
  ASSERT_TRUE(read) << read.error().what;
  const Request& request = (*read)->request();
  EXPECT_EQ((*read)->format(), FunctionRequest::Format::rest_1);
  EXPECT_EQ(request.method, Method::get);
  EXPECT_EQ(request.path, "/api/visits");
  EXPECT_EQ(request.query, "path=%2Fa%20b%26c&path=%2Fb&ip=%3A%3A1");
  EXPECT_EQ(request.header("user-agent"), "Firefox");
  EXPECT_EQ(request.headers.size(), 3U);
  EXPECT_EQ(request.body, "");
  EXPECT_EQ(request.peer.text(), "2001:db8::7");
}

TEST(FunctionEvent, EmptyMapsOfARestApiAreNull) {
  const auto read = FunctionRequest::read(object(R"({"path":"/","httpMethod":"GET","headers":null,
    "multiValueHeaders":null,"queryStringParameters":null,"multiValueQueryStringParameters":null,
    "requestContext":{"identity":{"sourceIp":"192.0.2.1"}},"body":null,"isBase64Encoded":false})"));
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_TRUE((*read)->request().headers.empty());
  EXPECT_EQ((*read)->request().query.data(), nullptr);
}

TEST(FunctionEvent, WhatIsNoRequestIsRefusedWithItsField) {
  struct Row {
    const char* event;
    const char* field;
  };
  for (const Row& row :
       {Row{"{}", "requestContext"}, Row{R"({"requestContext":7})", "requestContext"},
        Row{R"({"requestContext":{}})", "httpMethod"}, Row{R"({"requestContext":{"http":{}}})", "method"},
        Row{R"({"requestContext":{"http":{"method":"BREW"}}})", "method"},
        Row{R"({"requestContext":{"http":{"method":"GET"}},"body":"%","isBase64Encoded":true})", "body"},
        Row{R"({"Records":[]})", "requestContext"}}) {
    SCOPED_TRACE(row.event);
    const auto read = FunctionRequest::read(object(row.event));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().field, row.field);
  }
}

TEST(FunctionEvent, OddTypesAreNotThere) {
  const auto read = FunctionRequest::read(object(R"({"requestContext":{"http":{"method":"GET","sourceIp":1},"stage":2},
    "rawPath":3,"rawQueryString":[],"headers":{"a":1,"b":"c"},"cookies":[7,{}],"body":{},"isBase64Encoded":"true"})"));
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)->request().path, "/");
  EXPECT_EQ((*read)->request().headers.size(), 1U);
  EXPECT_TRUE((*read)->request().peer.is_none());
}

Response response() {
  Response response;
  response.status = 202;
  response.headers = {
      {"content-type", "text/plain"}, {"set-cookie", "a=1"}, {"set-cookie", "b=2"}, {"vary", "A"}, {"vary", "B"}};
  response.body = std::string("ok");
  return response;
}

TEST(FunctionEvent, AnswersAnHttpApiWithCookiesOfTheirOwn) {
  const auto answer = object(function_answer(FunctionRequest::Format::http_2, response()));
  EXPECT_EQ(answer.at("statusCode"), 202);
  EXPECT_EQ(answer.at("body"), "ok");
  EXPECT_EQ(answer.at("isBase64Encoded"), false);
  EXPECT_EQ(answer.at("cookies"), (json::array{"a=1", "b=2"}));
  EXPECT_EQ(answer.at("headers"), (json::object{{"content-type", "text/plain"}, {"vary", "A, B"}}));
}

TEST(FunctionEvent, AnswersARestApiWithLists) {
  const auto answer = object(function_answer(FunctionRequest::Format::rest_1, response()));
  EXPECT_EQ(answer.at("multiValueHeaders").at("set-cookie"), (json::array{"a=1", "b=2"}));
  EXPECT_FALSE(answer.contains("cookies"));
}

TEST(FunctionEvent, WhatIsNoTextGoesAsBase64) {
  Response image;
  image.body = std::string("GIF89a\xff\xfe");
  const auto answer = object(function_answer(FunctionRequest::Format::http_2, std::move(image)));
  EXPECT_EQ(answer.at("isBase64Encoded"), true);
  EXPECT_EQ(answer.at("body"), "R0lGODlh//4=");
}

class Pieces final : public BodySource {
 public:
  explicit Pieces(int pieces) : left_(pieces) {}
  Result<std::string> next() override { return left_-- > 0 ? std::string(1'000'000, 'x') : std::string(); }

 private:
  int left_;
};

TEST(FunctionEvent, ABodyInPiecesIsMadeWholeWhereItFits) {
  Response small;
  small.body = std::unique_ptr<BodySource>(std::make_unique<Pieces>(2));
  EXPECT_EQ(object(function_answer(FunctionRequest::Format::http_2, std::move(small))).at("body").as_string().size(),
            2'000'000U);
  Response large;
  large.body = std::unique_ptr<BodySource>(std::make_unique<Pieces>(10));
  EXPECT_EQ(object(function_answer(FunctionRequest::Format::http_2, std::move(large))).at("statusCode"), 413);
}

TEST(FunctionEvent, ReadsABatchOfTheQueue) {
  const auto event = object(R"({"Records":[
    {"messageId":"m1","receiptHandle":"r","body":"one","eventSource":"aws:sqs","attributes":{"ApproximateReceiveCount":"1"}},
    {"messageId":"m2","body":"","eventSource":"aws:sqs"}]})");
  const auto messages = queue_messages(event);
  ASSERT_TRUE(messages);
  ASSERT_EQ(messages->size(), 2U);
  EXPECT_EQ((*messages)[0].id, "m1");
  EXPECT_EQ((*messages)[0].body, "one");
}

TEST(FunctionEvent, ABatchThatIsNoneIsRefusedWhole) {
  for (const char* text : {"{}", R"({"Records":{}})", R"({"Records":[7]})", R"({"Records":[{"eventSource":"aws:s3"}]})",
                           R"({"Records":[{"eventSource":"aws:sqs","body":"x"}]})"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(queue_messages(object(text)));
  }
}

json::object stream_event(std::string_view records) { return object(R"({"Records":[)" + std::string(records) + "]}"); }
std::string change(std::string_view pk, std::string_view sk, std::string_view number,
                   std::string_view name = "INSERT") {
  return R"({"eventID":"e","eventName":")" + std::string(name) +
         R"(","eventSource":"aws:dynamodb","dynamodb":{"Keys":{"pk":{"S":")" + std::string(pk) + R"("},"sk":{"S":")" +
         std::string(sk) + R"("}},"SequenceNumber":")" + std::string(number) + R"(","StreamViewType":"KEYS_ONLY"}})";
}

TEST(FunctionEvent, ReadsTheDaysThatAStreamMarks) {
  const auto late = late_days(stream_event(change("D#example.com", "20261121", "100") + "," +
                                           change("D#example.org", "20240229", "200", "MODIFY")));
  ASSERT_TRUE(late) << late.error().what;
  ASSERT_EQ(late->size(), 2U);
  EXPECT_EQ((*late)[0].day, (SiteDay{"example.com", *parse_date("2026-11-21")}));
  EXPECT_EQ((*late)[0].sequence_number, "100");
  EXPECT_EQ((*late)[1].day, (SiteDay{"example.org", *parse_date("2024-02-29")}));
}

TEST(FunctionEvent, OtherItemsOfAStreamArePassedOver) {
  for (const std::string& record :
       {change("V#example.com#s", "20261121", "1"), change("D#", "20261121", "1"), change("D#a.com", "2026112", "1"),
        change("D#a.com", "20261321", "1"), change("D#a.com", "2026-1-1", "1"), change("D#a.com", "20261121#1", "1"),
        change("D#example.com", "20261121", "1", "REMOVE"),
        std::string(R"({"eventSource":"aws:dynamodb","dynamodb":{"Keys":{"pk":{"N":"1"}},"SequenceNumber":"1"}})")}) {
    SCOPED_TRACE(record);
    const auto late = late_days(stream_event(record));
    ASSERT_TRUE(late) << late.error().what;
    EXPECT_TRUE(late->empty());
  }
}

TEST(FunctionEvent, ABatchOfAStreamThatIsNoneIsRefusedWhole) {
  for (const char* text : {"{}", R"({"Records":7})", R"({"Records":[7]})", R"({"Records":[{"eventSource":"aws:sqs"}]})",
                           R"({"Records":[{"eventSource":"aws:dynamodb"}]})",
                           R"({"Records":[{"eventSource":"aws:dynamodb","dynamodb":{"Keys":{}}}]})",
                           R"({"Records":[{"eventSource":"aws:dynamodb","dynamodb":{"SequenceNumber":"1"}}]})"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(late_days(object(text)));
  }
}

TEST(FunctionEvent, KnowsTheSchedule) {
  EXPECT_TRUE(is_schedule_event(object(R"({"source":"aws.events","detail-type":"Scheduled Event","detail":{}})")));
  EXPECT_FALSE(is_schedule_event(object(R"({"source":"aws.ec2","detail-type":"Scheduled Event"})")));
  EXPECT_FALSE(is_schedule_event(object(R"({"source":"aws.events"})")));
}

TEST(FunctionEvent, TellsWhichMessagesAreToComeAgain) {
  EXPECT_EQ(failures_answer({}), R"({"batchItemFailures":[]})");
  EXPECT_EQ(failures_answer({"m1", "m2"}),
            R"({"batchItemFailures":[{"itemIdentifier":"m1"},{"itemIdentifier":"m2"}]})");
}

}  // namespace
}  // namespace footfall
