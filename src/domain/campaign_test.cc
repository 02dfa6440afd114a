#include "domain/campaign.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace footfall {
namespace {

TEST(Campaign, ReadsTheFiveTags) {
  const auto campaign =
      parse_campaign("a=b&utm_source=news&utm_medium=email&utm_campaign=may&utm_content=top&utm_term=shoes");
  EXPECT_EQ(campaign.source, "news");
  EXPECT_EQ(campaign.medium, "email");
  EXPECT_EQ(campaign.campaign, "may");
  EXPECT_EQ(campaign.content, "top");
  EXPECT_EQ(campaign.term, "shoes");
  EXPECT_EQ(campaign.tag(), "news");
}

TEST(Campaign, IsEmptyWhereThereIsNone) {
  EXPECT_EQ(parse_campaign(""), Campaign{});
  EXPECT_EQ(parse_campaign("q=1&page=2&&=&utm_source&utm_medium="), Campaign{});
}

TEST(Campaign, ReadsValuesAsPeopleWriteThem) {
  struct Row {
    const char* because;
    std::string query;
    std::string source;
  };
  for (const auto& row : {
           Row{"a form encodes blanks as plus", "utm_source=spring+letter", "spring letter"},
           Row{"or as a percent sign", "utm_source=spring%20letter", "spring letter"},
           Row{"blanks around it do not count", "utm_source=%20letter%20", "letter"},
           Row{"other scripts", "utm_source=%D0%BF%D0%B8%D1%81%D1%8C%D0%BC%D0%BE", "письмо"},
           Row{"names in any case", "UTM_Source=letter", "letter"},
           Row{"the case of a value is kept", "utm_source=Letter", "Letter"},
           Row{"the first of two", "utm_source=one&utm_source=two", "one"},
           Row{"the first that says something", "utm_source=&utm_source=two", "two"},
           Row{"a broken percent sign", "utm_source=100%", "100%"},
           Row{"control characters become blanks", "utm_source=a%00b%0Ac", "a b c"},
           Row{"bytes that are no UTF-8", "utm_source=a%FFb",
               "a\xEF\xBF\xBD"
               "b"},
       }) {
    SCOPED_TRACE(row.because);
    EXPECT_EQ(parse_campaign(row.query).source, row.source);
  }
}

TEST(Campaign, TakesOtherTagsWhereUtmSourceIsMissing) {
  EXPECT_EQ(parse_campaign("ref=producthunt").tag(), "producthunt");
  EXPECT_EQ(parse_campaign("source=hn").tag(), "hn");
  EXPECT_EQ(parse_campaign("ref=a&utm_source=b").tag(), "b");
  EXPECT_EQ(parse_campaign("ref=a&utm_source=b").source, "b");
  EXPECT_EQ(parse_campaign("ref=a").source, "") << "utm_source is what the link said, nothing else";
}

TEST(Campaign, KnowsWhoPutAClickIdThere) {
  struct Row {
    const char* because;
    const char* query;
    const char* source;
    bool paid;
  };
  for (const auto& row : {
           Row{"a click on an advertisement at Google", "gclid=Cj0KCQ", "Google", true},
           Row{"at Bing", "msclkid=1f2e", "Bing", true},
           Row{"any link in a post at Facebook", "fbclid=IwAR0", "Facebook", false},
           Row{"without a value it is none", "gclid=", "", false},
           Row{"a paid click says more", "fbclid=IwAR0&gclid=Cj0KCQ", "Google", true},
           Row{"in either order", "gclid=Cj0KCQ&fbclid=IwAR0", "Google", true},
       }) {
    SCOPED_TRACE(row.because);
    const auto campaign = parse_campaign(row.query);
    EXPECT_EQ(campaign.click_source, row.source);
    EXPECT_EQ(campaign.paid_click, row.paid);
  }
}

TEST(Campaign, IsBoundedOnWholeCharacters) {
  const std::string longest(campaign_bytes_max, 'x');
  EXPECT_EQ(parse_campaign("utm_term=" + longest).term, longest);
  EXPECT_EQ(parse_campaign("utm_term=" + longest + "x").term, longest);
  std::string wide;
  for (int i = 0; i < 200; ++i) wide += "%C3%A9";
  const auto campaign = parse_campaign("utm_term=x" + wide);
  EXPECT_TRUE(is_utf8(campaign.term));
  EXPECT_EQ(campaign.term.size(), campaign_bytes_max - 1);
}

TEST(Origin, IsTheTagThenTheReferrerThenTheClick) {
  const std::string referrer = "https://www.google.com/";
  EXPECT_EQ(origin_of(referrer, parse_campaign("utm_source=letter&gclid=1")), "letter");
  EXPECT_EQ(origin_of(referrer, parse_campaign("ref=letter")), "letter");
  EXPECT_EQ(origin_of(referrer, parse_campaign("fbclid=1")), referrer);
  EXPECT_EQ(origin_of("", parse_campaign("fbclid=1")), "Facebook");
  EXPECT_EQ(origin_of("", parse_campaign("")), "");
}

}  // namespace
}  // namespace footfall
