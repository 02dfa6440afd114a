#include "app/api/problem.h"

#include <gtest/gtest.h>

#include <set>

#include "app/json.h"

namespace footfall {
namespace {

json::object document(const Response& response) {
  return parse_json(std::get<std::string>(response.body))->get_object();
}
std::string header(const Response& response, std::string_view name) {
  for (const Header& header : response.headers) {
    if (header.name == name) return header.value;
  }
  return "";
}

TEST(Problem, IsADocumentOfRfc9457ThatNamesTheField) {
  const Response response = problem({ErrorCode::invalid, "'limit' must be a whole number", "limit"});
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(header(response, "content-type"), "application/problem+json");
  EXPECT_EQ(header(response, "cache-control"), "no-store");
  const json::object body = document(response);
  EXPECT_EQ(body.at("type"), "about:blank");
  EXPECT_EQ(body.at("title"), "Bad Request");
  EXPECT_EQ(body.at("status"), 400);
  EXPECT_EQ(body.at("code"), "invalid");
  EXPECT_EQ(body.at("detail"), "'limit' must be a whole number");
  EXPECT_EQ(body.at("field"), "limit");
  EXPECT_FALSE(document(problem({ErrorCode::invalid, "no"})).contains("field"));
}

TEST(Problem, HasTheStatusThatTellsAClientWhatToDo) {
  struct Row {
    ErrorCode code;
    int status;
  };
  for (const auto& row :
       {Row{ErrorCode::invalid, 400}, Row{ErrorCode::too_large, 413}, Row{ErrorCode::too_many, 429},
        Row{ErrorCode::not_found, 404}, Row{ErrorCode::exists, 409}, Row{ErrorCode::in_use, 409},
        Row{ErrorCode::unauthorized, 401}, Row{ErrorCode::forbidden, 403}, Row{ErrorCode::unavailable, 503},
        Row{ErrorCode::timed_out, 503}, Row{ErrorCode::unsupported, 501}, Row{ErrorCode::corrupt, 500},
        Row{ErrorCode::unknown_result, 500}, Row{ErrorCode::failed, 503}}) {
    SCOPED_TRACE(name_of(row.code));
    const Response response = problem({row.code, "what"});
    EXPECT_EQ(response.status, row.status);
    EXPECT_NE(reason_phrase(row.status), "Error") << "the status has a name";
  }
}

TEST(Problem, SaysWhenToComeAgainAndNotToEverybodyTheSame) {
  std::set<std::string> waits;
  for (int i = 0; i < 30; ++i) {
    const int seconds = std::stoi(header(problem({ErrorCode::unavailable, "full"}), "retry-after"));
    EXPECT_GE(seconds, 5);
    EXPECT_LE(seconds, 30);
    waits.insert(std::to_string(seconds));
  }
  EXPECT_GE(waits.size(), 5U);
  EXPECT_NE(header(problem(429, {ErrorCode::unavailable, "too many"}), "retry-after"), "");
  EXPECT_EQ(header(problem({ErrorCode::invalid, "no"}), "retry-after"), "");
}

TEST(Problem, SaysHowToAuthenticate) {
  EXPECT_EQ(header(problem({ErrorCode::unauthorized, "who?"}), "www-authenticate"), "Bearer");
}

}  // namespace
}  // namespace footfall
