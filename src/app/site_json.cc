#include "app/site_json.h"

#include <cmath>
#include <utility>

#include "domain/limits.h"
#include "domain/page.h"

namespace footfall {
namespace {

std::int64_t seconds_of(Milliseconds time) { return std::chrono::floor<std::chrono::seconds>(time).count(); }

Error wrong(std::string_view field, const std::string& must) {
  return {ErrorCode::invalid, "'" + std::string(field) + "' must be " + must, std::string(field)};
}

// A whole number from 0 to `most`.
Result<std::optional<std::uint64_t>> whole_member(const json::object& object, std::string_view name,
                                                  std::uint64_t most) {
  const auto number = number_member(object, name);
  if (!number) return number.error();
  if (!*number) return std::optional<std::uint64_t>{};
  if (!(**number >= 0) || **number > static_cast<double>(most) || std::floor(**number) != **number) {
    return wrong(name, "a whole number from 0 to " + std::to_string(most));
  }
  return std::optional(static_cast<std::uint64_t>(**number));
}

Result<Done> take_time(const json::object& object, std::string_view name, Milliseconds& into) {
  const auto seconds = whole_member(object, name, session_seconds_max);
  if (!seconds) return seconds.error();
  if (*seconds) into = std::chrono::seconds(static_cast<std::int64_t>(**seconds));
  return Done{};
}

Result<Done> take_days(const json::object& object, std::string_view name, unsigned& into) {
  const auto days = whole_member(object, name, retention_days_max);
  if (!days) return days.error();
  if (*days) into = static_cast<unsigned>(**days);
  return Done{};
}

template <typename Enum>
Result<Done> take_named(const json::object& object, std::string_view name, const char* names,
                        std::optional<Enum> (*named)(std::string_view), Enum& into) {
  const auto text = text_member(object, name);
  if (!text) return text.error();
  if (!*text) return Done{};
  const auto value = named(**text);
  if (!value) return wrong(name, names);
  into = *value;
  return Done{};
}

Result<Done> take_flag(const json::object& object, std::string_view name, bool& into) {
  const auto flag = bool_member(object, name);
  if (!flag) return flag.error();
  if (*flag) into = **flag;
  return Done{};
}

// A list of texts, each as `checked` gives it back.
template <typename Check>
Result<Done> take_list(const json::object& object, std::string_view name, std::size_t most, Check&& checked,
                       std::vector<std::string>& into) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return Done{};
  if (!value->is_array()) return wrong(name, "an array of texts");
  if (value->get_array().size() > most) return wrong(name, "at most " + std::to_string(most) + " texts");
  std::vector<std::string> list;
  for (const json::value& entry : value->get_array()) {
    if (!entry.is_string()) return wrong(name, "an array of texts");
    Result<std::string> text = checked(std::string_view(entry.get_string()));
    if (!text) return Error{text.error().code, text.error().what, std::string(name)};
    list.push_back(std::move(*text));
  }
  into = std::move(list);
  return Done{};
}

Result<std::string> checked_dialect(std::string_view name) {
  if (is_dialect(name)) return std::string(name);
  return Error{ErrorCode::invalid, "there is no dialect '" + std::string(name.substr(0, 40)) + "'"};
}

}  // namespace

json::object to_json(const Site& site) {
  return {{"site", site.name},
          {"session_idle_seconds", seconds_of(site.rules.idle)},
          {"session_max_seconds", seconds_of(site.rules.max)},
          {"session", name_of(site.session)},
          {"protect", name_of(site.protect)},
          {"hosts", json::array(site.hosts.begin(), site.hosts.end())},
          {"dialects", json::array(site.dialects.begin(), site.dialects.end())},
          {"address", name_of(site.address)},
          {"address_days", site.address_days},
          {"user_agent_days", site.user_agent_days},
          {"visit_days", site.visit_days},
          {"honour_dnt", site.honour_dnt},
          {"honour_gpc", site.honour_gpc}};
}

Result<Done> take_settings(const json::object& object, Site& site) {
  if (auto taken = take_time(object, "session_idle_seconds", site.rules.idle); !taken) return taken;
  if (auto taken = take_time(object, "session_max_seconds", site.rules.max); !taken) return taken;
  if (auto taken = take_named(object, "session", "off, response or redirect", session_mode_named, site.session); !taken)
    return taken;
  if (auto taken = take_named(object, "protect", "off, origin or strict", protect_named, site.protect); !taken)
    return taken;
  if (auto taken = take_named(object, "address", "full, truncated, hashed or none", kept_address_named, site.address);
      !taken)
    return taken;
  if (auto taken = take_list(object, "hosts", site_hosts_max, parse_site, site.hosts); !taken) return taken;
  if (auto taken = take_list(object, "dialects", dialects.size(), checked_dialect, site.dialects); !taken) return taken;
  if (auto taken = take_days(object, "address_days", site.address_days); !taken) return taken;
  if (auto taken = take_days(object, "user_agent_days", site.user_agent_days); !taken) return taken;
  if (auto taken = take_days(object, "visit_days", site.visit_days); !taken) return taken;
  if (auto taken = take_flag(object, "honour_dnt", site.honour_dnt); !taken) return taken;
  return take_flag(object, "honour_gpc", site.honour_gpc);
}

Result<Done> check_settings(const Site& site) {
  if (site.rules.idle <= Milliseconds(0) || site.rules.max < site.rules.idle) {
    return Error{ErrorCode::invalid, "a session must last at least as long as its quiet time, and that more than 0"};
  }
  return Done{};
}

}  // namespace footfall
