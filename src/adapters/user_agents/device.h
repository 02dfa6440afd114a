// What kind of device a user agent runs on.
//
// The kind is in no list: it follows from words that the makers of devices and browsers agreed on. The rules are few
// and in order, the first that holds wins:
//
//   wearable  says Watch, Wear OS or Quest (a headset), or is a Tizen watch
//   console   PlayStation, Xbox, Nintendo
//   tv        says so (SmartTV, Android TV, Apple TV, Roku, …) or is a Fire TV stick by its model ("AFTT Build")
//   tablet    iPad, Kindle Fire and Samsung tablets by their models, says Tablet, or is an Android browser that does
//             not say Mobile: Chrome, Firefox and the Android Browser leave that word out on tablets
//   mobile    says Mobile, Mobi, iPhone, or is one of the systems only phones had
//   desktop   Windows, Mac, Linux, Chrome OS and other systems with a keyboard
//
// What cannot be told: Safari on an iPad that asks for desktop sites (its default) says it is a Mac and counts as
// desktop. A crawler without a system is no device at all.
#pragma once

#include <string_view>

namespace footfall {

// lower   the user agent in ASCII lower case
// os      as os_name gives it
// returns desktop, mobile, tablet, tv, console, wearable, or "" when nothing tells
std::string_view device_of(std::string_view lower, std::string_view os);

}  // namespace footfall
