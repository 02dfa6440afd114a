#include "adapters/user_agents/names.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

struct Row {
  const char* because;
  const char* family;
  const char* major;
  const char* minor;
  const char* name;
  const char* version;
};

TEST(BrowserName, IsWhatAPersonWouldSay) {
  for (const auto& row : {
           Row{"one browser whatever it runs on", "Chrome Mobile iOS", "126", "0", "Chrome", "126"},
           Row{"the name the field shows", "Edge Mobile", "124", "0", "Microsoft Edge", "124"},
           Row{"the name the field shows", "Samsung Internet", "25", "0", "Samsung Browser", "25"},
           Row{"Safari counts in parts", "Mobile Safari", "17", "5", "Safari", "17.5"},
           Row{"there may be no minor number", "Mobile Safari", "17", "", "Safari", "17"},
           Row{"there may be no number", "Mobile Safari", "", "", "Safari", ""},
           Row{"Firefox once counted in parts", "Firefox", "3", "6", "Firefox", "3.6"},
           Row{"a development build", "Firefox (Minefield)", "4", "0", "Firefox", "4"},
           Row{"the engine's number is not the app's", "Chrome Mobile WebView", "126", "0", "Mobile App", ""},
           Row{"an unlisted family keeps its name", "Obigo", "1", "2", "Obigo", "1.2"},
       }) {
    SCOPED_TRACE(row.because);
    const auto [name, version] = browser_name(row.family, row.major, row.minor);
    EXPECT_EQ(name, row.name);
    EXPECT_EQ(version, row.version);
  }
}

TEST(OsName, IsWhatAPersonWouldSay) {
  for (const auto& row : {
           Row{"versions of words", "Windows", "XP", "", "Windows", "XP"},
           Row{"versions of numbers", "Windows", "10", "", "Windows", "10"},
           Row{"Windows 8.1", "Windows", "8", "1", "Windows", "8.1"},
           Row{"a Mac once counted in parts", "Mac OS X", "10", "15", "Mac", "10.15"},
           Row{"a Mac counts in whole numbers", "Mac OS X", "14", "5", "Mac", "14"},
           Row{"Android once counted in parts", "Android", "4", "4", "Android", "4.4"},
           Row{"Android counts in whole numbers", "Android", "14", "0", "Android", "14"},
           Row{"iOS counts in parts", "iOS", "17", "5", "iOS", "17.5"},
           Row{"Ubuntu counts in parts", "Ubuntu", "22", "04", "Ubuntu", "22.04"},
           Row{"a kernel's number says nothing", "Linux", "5", "4", "GNU/Linux", ""},
           Row{"uap-core's word for nothing", "Other", "", "", "", ""},
       }) {
    SCOPED_TRACE(row.because);
    const auto [name, version] = os_name(row.family, row.major, row.minor);
    EXPECT_EQ(name, row.name);
    EXPECT_EQ(version, row.version);
  }
}

TEST(KnownBrowser, IsAProgramThatPeopleBrowseWith) {
  EXPECT_TRUE(is_known_browser("Chrome Mobile"));
  EXPECT_TRUE(is_known_browser("Firefox (Shiretoko)"));
  EXPECT_FALSE(is_known_browser("curl"));
  EXPECT_FALSE(is_known_browser("Python Requests"));
  EXPECT_FALSE(is_known_browser(""));
}

}  // namespace
}  // namespace footfall
