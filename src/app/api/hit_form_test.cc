#include "app/api/hit_form.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "domain/limits.h"

namespace footfall {
namespace {

TEST(HitForm, ViewsCleanTextWhereItLies) {
  HitForm form;
  const std::string text = "About us";
  EXPECT_EQ(static_cast<const void*>(form.tidy(text, 100).data()), static_cast<const void*>(text.data()));
}

TEST(HitForm, CutsAndCleansWhateverComes) {
  HitForm form;
  EXPECT_EQ(form.tidy("abcdef", 6), "abcdef");
  EXPECT_EQ(form.tidy("abcdefg", 6), "abcdef");
  EXPECT_EQ(form.tidy("abcd€", 6), "abcd") << "not in the middle of a character";
  EXPECT_EQ(form.tidy("a\r\nb", 6), "a  b");
  EXPECT_EQ(form.tidy("\xFF\xFF\xFF", 6), "\xEF\xBF\xBD\xEF\xBF\xBD") << "replacements stay within the bound";
  EXPECT_EQ(form.tidy("", 6), "");
}

TEST(HitForm, NeverMakesATextThatIsTooLongOrNoUtf8) {
  for (int byte = 0; byte < 256; ++byte) {
    for (const std::size_t length : {1U, 5U, 6U, 7U, 20U}) {
      HitForm form;
      const std::string text(length, static_cast<char>(byte));
      const std::string_view tidy = form.tidy(text, 6);
      EXPECT_LE(tidy.size(), 6U);
      EXPECT_TRUE(is_utf8(tidy)) << byte;
    }
  }
}

TEST(HitForm, TakesAPathAsLongAsPathsMayBe) {
  const std::string longest = "/" + std::string(path_bytes_max - 1, 'a');
  HitForm form;
  const std::string url = "https://example.com" + longest;
  EXPECT_TRUE(form.take_url(url));
  EXPECT_EQ(form.hit.path, longest);
  const auto refused = form.take_url(url + "a");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::too_large);
  EXPECT_EQ(refused.error().field, "url");
  EXPECT_FALSE(form.take_url("https://example.com/#" + longest, HitForm::Fragment::is_path)) << "with its fragment";
}

TEST(HitForm, CutsAQueryThatIsTooLong) {
  HitForm form;
  ASSERT_TRUE(form.take_url("/?" + std::string(query_bytes_max + 1, 'q')));
  EXPECT_EQ(form.hit.query.size(), query_bytes_max);
}

TEST(HitForm, TellsAPathFromAUrlWithoutScheme) {
  HitForm form;
  ASSERT_TRUE(form.take_url("//example.com/a"));
  EXPECT_EQ(form.hit.path, "/a");
  ASSERT_TRUE(form.take_path("//example.com/a"));
  EXPECT_EQ(form.hit.path, "//example.com/a");
}

TEST(HitForm, RefusesPropsThatWouldNotFitIntoARecord) {
  json::object props;
  for (int i = 0; i < 8; ++i) props["k" + std::to_string(i)] = std::string(prop_value_bytes_max, 'v');
  HitForm form;
  ASSERT_TRUE(form.take_props(props)) << "8 × 2,000 bytes fit";
  EXPECT_LE(form.hit.props.size(), props_bytes_max);
  props["k8"] = std::string(prop_value_bytes_max, 'v');
  const auto refused = form.take_props(props);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::too_large);
  EXPECT_EQ(refused.error().field, "props");
}

TEST(HitForm, WritesNumbersOfPropsAsPeopleDo) {
  struct Row {
    const char* json;
    const char* text;
  };
  for (const auto& row : {Row{"0", "0"}, Row{"-7", "-7"}, Row{"18446744073709551615", "18446744073709551615"},
                          Row{"19.99", "19.99"}, Row{"0.1", "0.1"}, Row{"1e100", "1e+100"}, Row{"true", "true"}}) {
    HitForm form;
    ASSERT_TRUE(form.take_props(json::object{{"n", *parse_json(row.json)}}));
    EXPECT_EQ(form.hit.props, "{\"n\":\"" + std::string(row.text) + "\"}");
  }
}

}  // namespace
}  // namespace footfall
