#include "main/counter_config.h"

#include "app/api/counter_call.h"
#include "app/counter_settings.h"

namespace footfall {
namespace {

std::string at(const std::string& file, const toml::node& node, const std::string& place) {
  return file + ":" + std::to_string(node.source().begin.line) + ": " + place;
}

// Nothing: it holds a date, or another value that JSON has not.
std::optional<json::value> json_of(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return json::value(*text);
  if (const auto number = node.value_exact<std::int64_t>()) return json::value(*number);
  if (const auto* const array = node.as_array()) {
    json::array values;
    for (const auto& element : *array) {
      auto value = json_of(element);
      if (!value) return std::nullopt;
      values.push_back(std::move(*value));
    }
    return json::value(std::move(values));
  }
  const auto* const table = node.as_table();
  if (table == nullptr) return std::nullopt;
  json::object object;
  for (const auto& [key, element] : *table) {
    auto value = json_of(element);
    if (!value) return std::nullopt;
    object[key.str()] = std::move(*value);
  }
  return json::value(std::move(object));
}

}  // namespace

Result<std::vector<ConfiguredCounter>> read_counters(const toml::node& node, const std::string& file,
                                                     std::string_view place) {
  const auto wrong = [&](const toml::node& where, const std::string& key, const std::string& what) {
    return Error{ErrorCode::invalid, at(file, where, key) + ": " + what};
  };
  const auto* const tables = node.as_table();
  if (tables == nullptr) return wrong(node, std::string(place), "must be tables, [" + std::string(place) + ".\"KEY\"]");
  std::vector<ConfiguredCounter> counters;
  for (const auto& [name, table] : *tables) {
    const std::string key(name.str());
    const std::string key_place = std::string(place) + ".\"" + key + "\"";
    if (const auto checked = check_counter_key(key); !checked) return wrong(table, key_place, checked.error().what);
    if (!table.is_table()) return wrong(table, key_place, "must be a table, [" + key_place + "]");
    auto settings = json_of(table);
    if (!settings) return wrong(table, key_place, "has a value of a wrong type");
    const auto change = read_settings_change(settings->get_object());
    if (!change) {
      return wrong(table, key_place + (change.error().field.empty() ? "" : "." + change.error().field),
                   change.error().what);
    }
    if (const auto fits = check_settings_change(key, *change); !fits) return wrong(table, key_place, fits.error().what);
    counters.push_back({key, std::move(settings->get_object()), at(file, table, key_place)});
  }
  return counters;
}

Result<Done> set_counters(Collector& collector, const Crypto& crypto, const std::vector<ConfiguredSite>& sites) {
  for (const ConfiguredSite& site : sites) {
    for (const ConfiguredCounter& counter : site.counters) {
      const auto change = read_settings_change(counter.settings);
      if (!change) return change.error();
      const auto done = collector.change(site.name, counter.key,
                                         [&](const CounterState& now) { return configured(now, *change, crypto); });
      if (done) continue;
      const Error& error = done.error();
      // The journal's own troubles are nobody's wrong setting.
      const bool is_wrong = error.code != ErrorCode::unavailable && error.code != ErrorCode::failed;
      return Error{is_wrong ? ErrorCode::invalid : error.code, counter.where + ": " + error.what, error.field};
    }
  }
  return Done{};
}

}  // namespace footfall
