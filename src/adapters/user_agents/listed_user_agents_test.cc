#include "adapters/user_agents/listed_user_agents.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <ostream>
#include <sstream>
#include <thread>

#include "base/text.h"
#include "domain/limits.h"

namespace footfall {

void PrintTo(const UserAgentFacts& facts, std::ostream* out) {
  *out << facts.browser << " " << facts.browser_version << " on " << facts.os << " " << facts.os_version << ", "
       << facts.device << ", bot: " << facts.bot;
}

namespace {

class ListedUserAgentsTest : public testing::Test {
 protected:
  static const ListedUserAgents& user_agents() {
    static const ListedUserAgents it;
    return it;
  }
};

TEST_F(ListedUserAgentsTest, TellsRealUserAgentsApart) {
  std::ifstream file("tests/vectors/user_agents.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto rows = boost::json::parse(text.str()).as_array();
  ASSERT_GT(rows.size(), 60U);
  for (const auto& row : rows) {
    const auto field = [&](const char* name) { return std::string(row.at(name).as_string()); };
    SCOPED_TRACE(field("because") + ": " + field("user_agent"));
    const UserAgentFacts facts{field("browser"),    field("browser_version"), field("os"),
                               field("os_version"), field("device"),          field("bot")};
    EXPECT_EQ(user_agents().classify(field("user_agent")), facts);
  }
}

TEST_F(ListedUserAgentsTest, LooksAtNoMoreThanTheLimit) {
  const std::string filler(user_agent_bytes_max - 11, ' ');
  EXPECT_EQ(user_agents().classify("Mozilla/5.0" + filler + "Googlebot/2.1").bot, "isbot: unlike a browser");
  EXPECT_EQ(user_agents().classify("Mozilla/5.0" + filler.substr(10) + "Googlebot/2.1").bot, "crawler: Googlebot");
}

TEST_F(ListedUserAgentsTest, AnswersWithCleanAndShortText) {
  for (const std::string& text :
       {std::string("\xFF\x80 nonsense\x01/1 CFNetwork"), std::string("a\0b/1.2 CFNetwork/1", 19),
        std::string(200, 'x') + "/123456789123456789123456789.1 CFNetwork/1", "Nokia" + std::string(490, '1')}) {
    const auto facts = user_agents().classify(text);
    for (const auto& part : {facts.browser, facts.browser_version, facts.os, facts.os_version, facts.bot}) {
      EXPECT_TRUE(is_utf8(part));
      EXPECT_EQ(part.find_first_of("\x01\t\n\r"), std::string::npos);
      EXPECT_LE(part.size(), 64U);
    }
  }
}

TEST_F(ListedUserAgentsTest, SaysWhichListsItUses) {
  EXPECT_NE(user_agents().lists().find("uap-core "), std::string::npos);
  EXPECT_NE(user_agents().lists().find("isbot "), std::string::npos);
  EXPECT_NE(user_agents().lists().find("crawler-user-agents "), std::string::npos);
}

TEST_F(ListedUserAgentsTest, MayBeAskedByManyThreads) {
  const ListedUserAgents fresh;
  std::vector<std::jthread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      EXPECT_EQ(fresh.classify("curl/8.5.0").bot, "crawler: curl");
      EXPECT_EQ(fresh.classify("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0").browser,
                "Firefox");
    });
  }
}

}  // namespace
}  // namespace footfall
