#include "adapters/user_agents/device.h"

#include <algorithm>
#include <array>

namespace footfall {
namespace {

constexpr std::array wearable_words{"watchos", "apple watch", "watch os", "wear os", "; quest ", "oculusbrowser"};
constexpr std::array console_words{"playstation", "xbox", "nintendo"};
constexpr std::array tv_words{"smarttv",   "smart-tv", "smart tv", "googletv", "google tv", "android tv",
                              "androidtv", "appletv",  "apple tv", "tvos",     "hbbtv",     "roku",
                              "crkey",     "netcast",  "web0s",    "bravia",   "philipstv", "opera tv",
                              "viera",     "aquos",    "dtv",      "mitv",     "mibox",     "shield android tv",
                              "tv build/", "tv safari"};
constexpr std::array tablet_words{"ipad",     "playbook",  "kindle",    "xoom",           "; sm-t",
                                  "; sm-x",   "; sm-p",    "; gt-p",    "nexus 7",        "nexus 9",
                                  "nexus 10", "; tablet;", "; tablet)", "android tablet", "opera tablet"};
constexpr std::array mobile_words{"mobi",     "iphone",     "ipod",    "phone",   "blackberry", "bb10",  "opera mini",
                                  "opera mo", "symbian",    "symbos",  "nokia",   "ucweb",      "midp",  "kaios",
                                  "palmos",   "windows ce", "webos/1", "webos/2", "okhttp",     "dalvik"};
constexpr std::array desktop_systems{
    "Windows", "Mac",     "GNU/Linux", "Chrome OS", "Ubuntu",     "Debian", "Fedora",  "FreeBSD", "OpenBSD",   "NetBSD",
    "Kubuntu", "Solaris", "openSUSE",  "SUSE",      "Arch Linux", "CentOS", "Red Hat", "Gentoo",  "Linux Mint"};

bool has(std::string_view text, std::string_view word) { return text.find(word) != std::string_view::npos; }

bool has_any(std::string_view text, const auto& words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return has(text, word); });
}

// "; aftt build/", "; aftmm build/" are Fire TV; "; kfthwi build/" and "; kftuwi)" Fire tablets.
bool has_model(std::string_view lower, std::string_view maker_prefix) {
  const std::size_t at = lower.find(maker_prefix);
  if (at == std::string_view::npos) return false;
  std::string_view model = lower.substr(at + maker_prefix.size());
  const std::size_t length = model.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789");
  if (length == 0 || length == std::string_view::npos || length > 6) return false;
  model.remove_prefix(length);
  return model.starts_with(")") || model.starts_with(" build");
}

bool is_tv(std::string_view lower, std::string_view os) {
  return os == "tvOS" || has_any(lower, tv_words) || has_model(lower, "; aft") ||
         (has(lower, "tizen") && has(lower, " tv"));
}

bool is_tablet(std::string_view lower) {
  if (has_any(lower, tablet_words) || has_model(lower, "; kf")) return true;
  const bool is_browser = has(lower, "applewebkit") || has(lower, "gecko/");
  return has(lower, "android") && is_browser && !has(lower, "mobi") && !has(lower, "windows phone");
}

}  // namespace

std::string_view device_of(std::string_view lower, std::string_view os) {
  const bool is_tizen_watch = has(lower, "tizen") && has(lower, "sm-r");
  if (os == "watchOS" || is_tizen_watch || has_any(lower, wearable_words)) return "wearable";
  if (has_any(lower, console_words)) return "console";
  if (is_tv(lower, os)) return "tv";
  if (is_tablet(lower)) return "tablet";
  if (os == "Android" || os == "iOS" || os == "HarmonyOS" || has_any(lower, mobile_words)) return "mobile";
  if (std::find(desktop_systems.begin(), desktop_systems.end(), os) != desktop_systems.end()) return "desktop";
  return has(lower, "x11;") || has(lower, "windows nt") || has(lower, "macintosh") ? "desktop" : "";
}

}  // namespace footfall
