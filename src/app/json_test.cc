#include "app/json.h"

#include <gtest/gtest.h>

#include "domain/limits.h"

namespace footfall {
namespace {

TEST(Json, IsParsedToTheDepthThatIsAllowedAndNoDeeper) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') + std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_TRUE(parse_json(nested(json_depth_max)));
  const auto refused = parse_json(nested(json_depth_max + 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid);
  EXPECT_FALSE(parse_json(std::string(1'000'000, '[')));
}

TEST(Json, IsNothingThatRfc8259DoesNotAllow) {
  for (const char* text : {"", " ", "{", "{\"a\":1,}", "{'a':1}", "{\"a\":1} x", "nul", "01", "\"\xFF\"", "\"\n\"",
                           "{\"a\":NaN}", "// comment\n1", "\"\\ud800\""}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_json(text));
  }
}

TEST(Json, MembersMayBeMissingOrNullButNotOfAnotherType) {
  const json::object object = parse_json(R"({"text":"a","number":1.5,"flag":true,"nothing":null})")->get_object();
  EXPECT_EQ(**text_member(object, "text"), "a");
  EXPECT_EQ(**number_member(object, "number"), 1.5);
  EXPECT_EQ(**bool_member(object, "flag"), true);
  for (const char* name : {"nothing", "missing"}) {
    EXPECT_FALSE(*text_member(object, name)) << name;
    EXPECT_FALSE(*number_member(object, name)) << name;
    EXPECT_FALSE(*bool_member(object, name)) << name;
  }
  EXPECT_EQ(text_member(object, "number").error().field, "number");
  EXPECT_EQ(number_member(object, "text").error().field, "text");
  EXPECT_EQ(bool_member(object, "text").error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace footfall
