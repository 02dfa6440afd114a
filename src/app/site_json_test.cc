// Settings of a site: there and back, and what is refused.

#include "app/site_json.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

Site a_site() {
  Site site;
  site.name = "example.com";
  site.rules = {std::chrono::minutes(10), std::chrono::hours(1)};
  site.session = SessionMode::redirect;
  site.protect = Protect::strict;
  site.hosts = {"www.example.com", "blog.example.com"};
  site.dialects = {"countapi"};
  site.address = KeptAddress::hashed;
  site.address_days = 7;
  site.user_agent_days = 30;
  site.visit_days = 400;
  site.honour_dnt = true;
  site.honour_gpc = true;
  return site;
}

TEST(SiteJson, KeepsEverySetting) {
  const json::object written = to_json(a_site());
  Site read;
  read.name = "example.com";
  ASSERT_TRUE(take_settings(written, read));
  EXPECT_EQ(to_json(read), written);
  EXPECT_NE(to_json(Site{"example.com", {}}), written);
}

TEST(SiteJson, LeavesWhatIsNotGivenAsItWas) {
  Site site = a_site();
  ASSERT_TRUE(take_settings(json::object{{"protect", "off"}, {"hosts", nullptr}}, site));
  EXPECT_EQ(site.protect, Protect::off);
  EXPECT_EQ(site.hosts, a_site().hosts);
  EXPECT_EQ(site.visit_days, 400U);
}

TEST(SiteJson, RefusesWhatNoSettingCanBeAndNamesIt) {
  for (const auto& [member, value] : std::vector<std::pair<const char*, json::value>>{
           {"session", "sometimes"},
           {"session", 1},
           {"protect", "Strict"},
           {"address", "half"},
           {"address_days", -1},
           {"visit_days", 1.5},
           {"visit_days", 1e9},
           {"session_idle_seconds", "30"},
           {"hosts", "www.example.com"},
           {"hosts", json::array{"not a host"}},
           {"hosts", json::array{1}},
           {"dialects", json::array{"klingon"}},
           {"honour_dnt", "yes"},
       }) {
    SCOPED_TRACE(std::string(member) + " " + json::serialize(value));
    Site site = a_site();
    const auto taken = take_settings(json::object{{member, value}}, site);
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, ErrorCode::invalid);
    EXPECT_EQ(taken.error().field, member);
  }
}

TEST(SiteJson, ASessionLastsAtLeastItsQuietTime) {
  Site site = a_site();
  EXPECT_TRUE(check_settings(site));
  site.rules = {std::chrono::hours(2), std::chrono::hours(1)};
  EXPECT_FALSE(check_settings(site));
  site.rules = {Milliseconds(0), std::chrono::hours(1)};
  EXPECT_FALSE(check_settings(site));
}

}  // namespace
}  // namespace footfall
