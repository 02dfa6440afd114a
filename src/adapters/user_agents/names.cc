#include "adapters/user_agents/names.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace footfall {
namespace {

enum class Version { none, major, major_minor };

struct Naming {
  std::string_view family;  // uap-core's
  std::string_view name;    // ours
  Version version;
};

constexpr std::array browsers{
    Naming{"AOL", "AOL Desktop", Version::major},
    Naming{"Amazon Silk", "Amazon Silk", Version::major},
    Naming{"Android", "Android Browser", Version::major_minor},
    Naming{"Apple Mail", "Apple Mail", Version::none},
    Naming{"Avant", "Avant Browser", Version::none},
    Naming{"Baidu Browser", "Baidu Browser", Version::major},
    Naming{"Baidu Explorer", "Baidu Browser", Version::major},
    Naming{"BlackBerry WebKit", "BlackBerry Browser", Version::major_minor},
    Naming{"BlackBerry", "BlackBerry Browser", Version::none},
    Naming{"Brave", "Brave", Version::major},
    Naming{"Camino", "Camino", Version::major_minor},
    Naming{"Chrome Frame", "Internet Explorer", Version::none},
    Naming{"Chrome Mobile WebView", "Mobile App", Version::none},
    Naming{"Chrome Mobile iOS", "Chrome", Version::major},
    Naming{"Chrome Mobile", "Chrome", Version::major},
    Naming{"Chrome", "Chrome", Version::major},
    Naming{"Chromium", "Chromium", Version::major},
    Naming{"Coc Coc", "Coc Coc", Version::major},
    Naming{"Comodo Dragon", "Comodo Dragon", Version::major},
    Naming{"Dolphin", "Dolphin", Version::major_minor},
    Naming{"DuckDuckGo Mobile", "DuckDuckGo", Version::major},
    Naming{"DuckDuckGo", "DuckDuckGo", Version::major_minor},
    Naming{"ELinks", "ELinks", Version::major_minor},
    Naming{"Ecosia", "Ecosia", Version::major},
    Naming{"Edge Mobile", "Microsoft Edge", Version::major},
    Naming{"Edge", "Microsoft Edge", Version::major},
    Naming{"Electron", "Electron", Version::major},
    Naming{"Epiphany", "GNOME Web", Version::major_minor},
    Naming{"Facebook Messenger", "Facebook Messenger", Version::none},
    Naming{"Facebook", "Facebook", Version::none},
    Naming{"Falkon", "Falkon", Version::major_minor},
    Naming{"Firefox Alpha", "Firefox", Version::major},
    Naming{"Firefox Beta", "Firefox", Version::major},
    Naming{"Firefox Mobile", "Firefox", Version::major},
    Naming{"Firefox iOS", "Firefox", Version::major},
    Naming{"Firefox", "Firefox", Version::major},
    Naming{"Flipboard", "Flipboard", Version::none},
    Naming{"Google", "Google App", Version::none},
    Naming{"HeadlessChrome", "Headless Chrome", Version::major},
    Naming{"HeyTap Browser", "HeyTap Browser", Version::major},
    Naming{"Huawei Browser", "Huawei Browser", Version::major},
    Naming{"IE Large Screen", "Internet Explorer", Version::major},
    Naming{"IE Mobile", "Internet Explorer", Version::major},
    Naming{"IE", "Internet Explorer", Version::major},
    Naming{"IceCat", "IceCat", Version::major},
    Naming{"Iceweasel", "Iceweasel", Version::major},
    Naming{"Instagram", "Instagram", Version::none},
    Naming{"Iron", "SRWare Iron", Version::major},
    Naming{"Konqueror", "Konqueror", Version::major_minor},
    Naming{"LINE", "LINE", Version::none},
    Naming{"LinkedIn", "LinkedIn", Version::none},
    Naming{"Links", "Links", Version::major_minor},
    Naming{"Lynx", "Lynx", Version::major_minor},
    Naming{"Mail.ru Chromium Browser", "Atom", Version::major},
    Naming{"Maxthon", "Maxthon", Version::major},
    Naming{"Midori", "Midori", Version::major_minor},
    Naming{"Mint Browser", "Mint Browser", Version::major},
    Naming{"MiuiBrowser", "MIUI Browser", Version::major},
    Naming{"Mobile Safari UI/WKWebView", "Mobile App", Version::none},
    Naming{"Mobile Safari", "Safari", Version::major_minor},
    Naming{"NetFront NX", "NetFront", Version::none},
    Naming{"NetFront", "NetFront", Version::none},
    Naming{"Netscape", "Netscape", Version::major},
    Naming{"Nokia Browser", "Nokia Browser", Version::major_minor},
    Naming{"Nokia OSS Browser", "Nokia Browser", Version::none},
    Naming{"Oculus Browser", "Oculus Browser", Version::major},
    Naming{"OmniWeb", "OmniWeb", Version::none},
    Naming{"Opera Coast", "Opera", Version::none},
    Naming{"Opera Mini", "Opera", Version::major},
    Naming{"Opera Mobile", "Opera", Version::major},
    Naming{"Opera Neon", "Opera", Version::none},
    Naming{"Opera Tablet", "Opera", Version::major},
    Naming{"Opera", "Opera", Version::major},
    Naming{"Ovi Browser", "Nokia Browser", Version::major_minor},
    Naming{"Pale Moon", "Pale Moon", Version::major},
    Naming{"Pinterest", "Pinterest", Version::none},
    Naming{"Polaris", "Polaris", Version::major_minor},
    Naming{"Puffin", "Puffin", Version::major},
    Naming{"QQ Browser Mini", "QQ Browser", Version::major},
    Naming{"QQ Browser Mobile", "QQ Browser", Version::major},
    Naming{"QQ Browser", "QQ Browser", Version::major},
    Naming{"Safari", "Safari", Version::major_minor},
    Naming{"Sailfish Browser", "Sailfish Browser", Version::major},
    Naming{"Samsung Internet", "Samsung Browser", Version::major},
    Naming{"SeaMonkey", "SeaMonkey", Version::major_minor},
    Naming{"Seznam prohlížeč", "Seznam Browser", Version::major},
    Naming{"Snapchat", "Snapchat", Version::none},
    Naming{"Sogou Explorer", "Sogou Explorer", Version::none},
    Naming{"Threads", "Threads", Version::none},
    Naming{"TikTok", "TikTok", Version::none},
    Naming{"Tizen Browser", "Tizen Browser", Version::major_minor},
    Naming{"Twitter", "Twitter", Version::none},
    Naming{"UC Browser", "UC Browser", Version::major},
    Naming{"Vivaldi", "Vivaldi", Version::major_minor},
    Naming{"Vivo Browser", "Vivo Browser", Version::major},
    Naming{"Waterfox", "Waterfox", Version::major},
    Naming{"WebKit Nightly", "Safari", Version::none},
    Naming{"WeChat", "WeChat", Version::none},
    Naming{"Whale", "Whale Browser", Version::major},
    Naming{"Yandex Browser", "Yandex Browser", Version::major_minor},
    Naming{"w3m", "w3m", Version::none},
    Naming{"webOS Browser", "webOS Browser", Version::none},
};

constexpr std::array systems{
    Naming{"ATV OS X", "tvOS", Version::major},
    Naming{"Android", "Android", Version::major},
    Naming{"Chrome OS", "Chrome OS", Version::major},
    Naming{"HarmonyOS", "HarmonyOS", Version::major},
    Naming{"Linux", "GNU/Linux", Version::none},
    Naming{"Mac OS X", "Mac", Version::major},
    Naming{"Mac OS", "Mac", Version::none},
    Naming{"Other", "", Version::none},
    Naming{"WatchOS", "watchOS", Version::major},
    Naming{"Web0S", "webOS", Version::none},
    Naming{"Windows", "Windows", Version::major_minor},
    Naming{"tvOS", "tvOS", Version::major},
};

const Naming* naming_of(const auto& table, std::string_view family) {
  const auto* const found =
      std::find_if(table.begin(), table.end(), [&](const Naming& row) { return row.family == family; });
  return found == table.end() ? nullptr : found;
}

std::string version_text(Version version, std::string_view major, std::string_view minor) {
  if (version == Version::none) return "";
  std::string text(major);
  if (version == Version::major_minor && !major.empty() && !minor.empty()) text.append(".").append(minor);
  return text;
}

NameAndVersion named(const auto& table, std::string_view family, std::string_view major, std::string_view minor) {
  if (const Naming* row = naming_of(table, family)) {
    return {std::string(row->name), version_text(row->version, major, minor)};
  }
  return {std::string(family), version_text(Version::major_minor, major, minor)};
}

}  // namespace

NameAndVersion browser_name(std::string_view family, std::string_view major, std::string_view minor) {
  // "Firefox (Minefield)" and other development builds.
  if (family.starts_with("Firefox (")) family = "Firefox";
  NameAndVersion browser = named(browsers, family, major, minor);
  // Before it counted in whole numbers, its releases were 2.0, 3.5 and 3.6.
  const bool counted_in_parts = browser.name == "Firefox" && parse_unsigned(major).value_or(0) < 4;
  if (counted_in_parts) browser.version = version_text(Version::major_minor, major, minor);
  return browser;
}

NameAndVersion os_name(std::string_view family, std::string_view major, std::string_view minor) {
  // Before they counted in whole numbers, their releases were 4.4 and 10.15.
  const auto number = parse_unsigned(major).value_or(0);
  const bool counted_in_parts = (family == "Android" && number < 5) || (family == "Mac OS X" && number <= 10);
  NameAndVersion os = named(systems, family, major, minor);
  if (counted_in_parts) os.version = version_text(Version::major_minor, major, minor);
  return os;
}

bool is_known_browser(std::string_view family) {
  return naming_of(browsers, family) != nullptr || family.starts_with("Firefox (");
}

}  // namespace footfall
