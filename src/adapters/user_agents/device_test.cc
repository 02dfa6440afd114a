#include "adapters/user_agents/device.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

TEST(Device, FollowsFromTheWordsMakersAgreedOn) {
  struct Row {
    const char* because;
    const char* lower;
    const char* os;
    const char* device;
  };
  for (const auto& row : {
           Row{"a phone says Mobile", "(linux; android 14; pixel 8) applewebkit chrome/1 mobile safari", "Android",
               "mobile"},
           Row{"a tablet leaves Mobile out", "(linux; android 14; pixel tablet) applewebkit chrome/1 safari", "Android",
               "tablet"},
           Row{"an app is no browser that leaves Mobile out", "dalvik/2.1.0 (linux; u; android 13; sm-a515f)",
               "Android", "mobile"},
           Row{"a Samsung tablet by its model", "(linux; android 9; sm-t510) applewebkit mobile safari", "Android",
               "tablet"},
           Row{"a Fire tablet by its model", "(linux; android 9; kfmuwi) applewebkit safari", "Android", "tablet"},
           Row{"a Fire TV stick by its model", "(linux; android 9; aftka build/ps7242) applewebkit mobile safari",
               "Android", "tv"},
           Row{"a word that begins like a Fire TV model", "(linux; after dark; mobile)", "", "mobile"},
           Row{"an iPad says Mobile, too", "(ipad; cpu os 16_6) applewebkit mobile safari", "iOS", "tablet"},
           Row{"an iPhone", "(iphone; cpu iphone os 16_6) applewebkit mobile safari", "iOS", "mobile"},
           Row{"Tablet PC is a part of Windows", "(windows nt 6.1; tablet pc 2.0)", "Windows", "desktop"},
           Row{"a Tizen watch", "(linux; tizen 5.5; samsung sm-r800) applewebkit mobile safari", "Tizen", "wearable"},
           Row{"a Tizen television", "(smart-tv; linux; tizen 6.0) applewebkit tv safari", "Tizen", "tv"},
           Row{"a Tizen phone", "(linux; tizen 2.3; samsung sm-z130h) applewebkit mobile safari", "Tizen", "mobile"},
           Row{"an Xbox before its Windows", "(windows nt 10.0; xbox; xbox one)", "Windows", "console"},
           Row{"Linux has a keyboard", "(x11; linux x86_64)", "GNU/Linux", "desktop"},
           Row{"a desktop whose system nobody listed", "(x11; haiku x86_64)", "", "desktop"},
           Row{"a crawler is no device", "googlebot/2.1 (+http://www.google.com/bot.html)", "", ""},
       }) {
    SCOPED_TRACE(row.because);
    EXPECT_EQ(device_of(row.lower, row.os), row.device);
  }
}

}  // namespace
}  // namespace footfall
