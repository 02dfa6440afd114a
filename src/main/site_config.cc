#include "main/site_config.h"

#include <toml++/toml.h>

#include <algorithm>
#include <map>
#include <optional>

#include "app/site_json.h"
#include "domain/page.h"
#include "main/counter_config.h"

namespace footfall {
namespace {

// Says where in the file something stands: `sites.toml:7: site."example.com".session`.
struct Place {
  std::string file;
  toml::source_index line = 0;
  std::string key;

  [[nodiscard]] std::string text() const { return file + ":" + std::to_string(line) + ": " + key; }
  [[nodiscard]] Error wrong(const std::string& what) const { return {ErrorCode::invalid, text() + ": " + what}; }
};

std::optional<json::value> json_of(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return json::value(*text);
  if (const auto number = node.value_exact<std::int64_t>()) return json::value(*number);
  if (const auto flag = node.value_exact<bool>()) return json::value(*flag);
  const auto* const array = node.as_array();
  if (array == nullptr) return std::nullopt;
  json::array values;
  for (const auto& element : *array) {
    const auto value = json_of(element);
    if (!value || value->is_array()) return std::nullopt;
    values.push_back(*value);
  }
  return json::value(values);
}

bool is_setting(std::string_view key) { return key != "site" && to_json(Site{}).contains(key); }

Result<std::string> text_of(const toml::node& node, const Place& place) {
  auto text = node.value_exact<std::string>();
  if (!text || text->empty()) return place.wrong("must be a text");
  return *std::move(text);
}

Result<Done> take_key(std::string_view key, const toml::node& node, const Place& place, ConfiguredSite& site) {
  if (key == "root" || key == "upstream") {
    auto text = text_of(node, place);
    if (!text) return text.error();
    (key == "root" ? site.root : site.upstream) = *std::move(text);
    return Done{};
  }
  if (key == "counter") {
    auto counters = read_counters(node, place.file, place.key);
    if (!counters) return counters.error();
    site.counters = *std::move(counters);
    return Done{};
  }
  if (node.is_table()) {
    return place.wrong("is a table; write the site's host in quotes, [site.\"example.com\"], as a dot parts tables");
  }
  if (!is_setting(key)) return place.wrong("there is no such key");
  const auto value = json_of(node);
  if (!value) return place.wrong("has a value of a wrong type");
  Site checked;
  if (const auto taken = take_settings({{key, *value}}, checked); !taken) return place.wrong(taken.error().what);
  site.settings[key] = *value;
  return Done{};
}

Result<ConfiguredSite> site_of(std::string_view name, const toml::node& node, const std::string& file) {
  Place place{file, node.source().begin.line, "site.\"" + std::string(name) + "\""};
  const auto* const table = node.as_table();
  if (table == nullptr) return place.wrong("must be a table, [site.\"example.com\"]");
  const auto host = parse_site(name);
  if (!host) return place.wrong("is not a host name");
  ConfiguredSite site;
  site.name = *host;
  site.where = place.text();
  for (const auto& [key, value] : *table) {
    const Place key_place{file, value.source().begin.line, place.key + "." + std::string(key.str())};
    if (auto taken = take_key(key.str(), value, key_place, site); !taken) return taken.error();
  }
  if (!site.root.empty() && !site.upstream.empty()) return place.wrong("has root and upstream; it can have one");
  Site checked;
  static_cast<void>(take_settings(site.settings, checked));
  if (const auto fits = check_settings(checked); !fits) return place.wrong(fits.error().what);
  return site;
}

// No two sites may claim one host: which of them would answer, would be an accident.
Result<Done> check_hosts(const std::vector<ConfiguredSite>& sites) {
  std::map<std::string, std::string> owners;
  for (const ConfiguredSite& site : sites) owners.emplace(site.name, site.name);
  for (const ConfiguredSite& site : sites) {
    Site settings;
    static_cast<void>(take_settings(site.settings, settings));
    for (const std::string& host : settings.hosts) {
      const auto [owner, is_new] = owners.emplace(host, site.name);
      if (is_new || owner->second == site.name) continue;
      return Error{ErrorCode::invalid, site.where + ": the host " + host + " is that of " + owner->second + " already"};
    }
  }
  return Done{};
}

}  // namespace

Result<std::vector<ConfiguredSite>> read_site_tables(const std::string& file) {
  toml::table table;
  try {
    table = toml::parse_file(file);
  } catch (const toml::parse_error& error) {
    const auto line = error.source().begin.line;
    return Error{ErrorCode::invalid,
                 file + (line == 0 ? "" : ":" + std::to_string(line)) + ": " + std::string(error.description())};
  }
  const auto* const tables = table["site"].as_table();
  if (tables == nullptr) return std::vector<ConfiguredSite>{};
  std::vector<ConfiguredSite> sites;
  for (const auto& [name, node] : *tables) {
    auto site = site_of(name.str(), node, file);
    if (!site) return site.error();
    const auto same = [&](const ConfiguredSite& other) { return other.name == site->name; };
    if (std::any_of(sites.begin(), sites.end(), same)) {
      return Error{ErrorCode::invalid, site->where + ": this site stands here twice"};
    }
    sites.push_back(*std::move(site));
  }
  if (auto checked = check_hosts(sites); !checked) return checked.error();
  return sites;
}

Result<std::vector<ConfiguredSite>> with_flags(std::vector<ConfiguredSite> sites, const SiteFlags& flags) {
  if (!flags.root.empty() && !flags.upstream.empty()) {
    return Error{ErrorCode::invalid, "a site is served from --root or from --upstream, not from both"};
  }
  std::vector<std::string> meant;
  for (const std::string& text : flags.sites) {
    auto name = parse_site(text);
    if (!name) return Error{ErrorCode::invalid, "--site: " + name.error().what};
    meant.push_back(*std::move(name));
  }
  const bool says_something =
      !flags.root.empty() || !flags.upstream.empty() || !flags.session.empty() || !flags.protect.empty();
  if (meant.empty() && says_something) {
    if (sites.size() > 1) {
      return Error{ErrorCode::invalid,
                   "--root, --upstream, --session and --protect are for one site here: name it by "
                   "--site, or write them into its table of the configuration file"};
    }
    if (sites.empty() && !(flags.session.empty() && flags.protect.empty())) {
      return Error{ErrorCode::invalid, "--session and --protect are settings of a site: name it by --site"};
    }
    meant.push_back(sites.empty() ? "" : sites.front().name);
  }
  for (const std::string& name : meant) {
    auto site = std::find_if(sites.begin(), sites.end(), [&](const auto& other) { return other.name == name; });
    if (site == sites.end()) {
      sites.emplace_back();
      site = sites.end() - 1;
      site->name = name;
      site->where = name.empty() ? "" : "--site " + name;
    }
    if (!flags.root.empty() || !flags.upstream.empty()) {
      site->root = flags.root;
      site->upstream = flags.upstream;
    }
    if (!flags.session.empty()) site->settings["session"] = flags.session;
    if (!flags.protect.empty()) site->settings["protect"] = flags.protect;
  }
  return sites;
}

}  // namespace footfall
