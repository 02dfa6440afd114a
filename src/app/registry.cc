#include "app/registry.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "app/json.h"
#include "app/site_json.h"
#include "base/text.h"
#include "domain/page.h"

namespace footfall {
namespace {

constexpr std::array<std::string_view, 3> role_names{"ingest", "read", "admin"};

json::value to_json(const Registered& registered) {
  json::array sites;
  for (const auto& [name, site] : registered.sites) {
    sites.push_back(to_json(site));
  }
  json::array tokens;
  for (const auto& [digest, token] : registered.tokens) {
    json::array of(token.sites.begin(), token.sites.end());
    tokens.push_back({{"id", token.id},
                      {"role", name_of(token.role)},
                      {"sites", std::move(of)},
                      {"sha256", digest},
                      {"label", token.label},
                      {"made", to_rfc3339(token.made)}});
  }
  return {{"version", 1}, {"sites", std::move(sites)}, {"tokens", std::move(tokens)}};
}

// Throws what Boost.JSON and the standard library throw: the caller turns it into `corrupt`.
Registered from_json(const json::value& value) {
  Registered registered;
  for (const json::value& entry : value.at("sites").as_array()) {
    Site site;
    site.name = json::value_to<std::string>(entry.at("site"));
    if (!take_settings(entry.as_object(), site)) throw std::invalid_argument("a setting of a site");
    registered.sites.emplace(site.name, site);
  }
  for (const json::value& entry : value.at("tokens").as_array()) {
    Token token;
    token.id = json::value_to<std::string>(entry.at("id"));
    token.role = role_named(entry.at("role").as_string()).value();
    for (const json::value& site : entry.at("sites").as_array()) token.sites.emplace_back(site.as_string());
    token.digest = json::value_to<std::string>(entry.at("sha256"));
    token.label = json::value_to<std::string>(entry.at("label"));
    token.made = parse_time(entry.at("made").as_string()).value_or(Instant{});
    registered.tokens.emplace(token.digest, token);
  }
  return registered;
}

}  // namespace

std::string_view name_of(Role role) { return role_names.at(static_cast<std::size_t>(role)); }

std::optional<Role> role_named(std::string_view name) {
  const auto* found = std::find(role_names.begin(), role_names.end(), name);
  if (found == role_names.end()) return std::nullopt;
  return static_cast<Role>(found - role_names.begin());
}

bool Token::opens(std::string_view site) const {
  return sites.empty() || std::find(sites.begin(), sites.end(), site) != sites.end();
}

Result<std::unique_ptr<Registry>> Registry::open(KeptFile& file, const Crypto& crypto, const Clock& clock) {
  auto registry = std::make_unique<Registry>(Private{}, file, crypto, clock);
  const auto loaded = registry->state_.with([&](State& state) { return registry->load(state); });
  if (!loaded) return loaded.error();
  return registry;
}

Result<Done> Registry::load(State& state) {
  state.revision = file_.revision();
  auto text = file_.read();
  if (!text) return text.error();
  if (!*text) return Done{};
  const Error corrupt{ErrorCode::corrupt, "the registry of sites and tokens is damaged"};
  const auto value = parse_json(**text);
  if (!value) return corrupt;
  try {
    state.registered = std::make_shared<const Registered>(from_json(*value));
  } catch (const std::exception&) {
    return corrupt;
  }
  return Done{};
}

template <typename Change>
Result<Done> Registry::change(Change&& how) {
  return state_.with([&](State& state) -> Result<Done> {
    // Another process may have changed the file since: its change must not be lost.
    if (file_.revision() != state.revision) {
      if (auto loaded = load(state); !loaded) return loaded;
    }
    Registered next = *state.registered;
    if (Result<Done> changed = how(next); !changed) return changed;
    if (auto written = file_.replace(json::serialize(to_json(next))); !written) return written;
    state.revision = file_.revision();
    state.registered = std::make_shared<const Registered>(std::move(next));
    return Done{};
  });
}

std::shared_ptr<const Registered> Registry::now() const {
  return state_.with([](const State& state) { return state.registered; });
}

std::shared_ptr<const Site> Registry::site(std::string_view name) const {
  const std::shared_ptr<const Registered> registered = now();
  const auto found = registered->sites.find(name);
  if (found == registered->sites.end()) return nullptr;
  return {registered, &found->second};
}

Result<Done> Registry::put_site(Site site) {
  auto name = parse_site(site.name);
  if (!name) return name.error();
  site.name = *name;
  if (auto checked = check_settings(site); !checked) return checked;
  return change([&](Registered& next) -> Result<Done> {
    next.sites.insert_or_assign(site.name, site);
    return Done{};
  });
}

Result<Done> Registry::remove_site(std::string_view name) {
  return change([&](Registered& next) -> Result<Done> {
    const auto found = next.sites.find(name);
    if (found == next.sites.end()) {
      return Error{ErrorCode::not_found, "the site '" + std::string(name) + "' is not registered", "site"};
    }
    next.sites.erase(found);
    return Done{};
  });
}

Result<Registry::Made> Registry::make_token(Role role, std::vector<std::string> sites, std::string label) {
  std::array<std::byte, 32> secret{};
  crypto_.random(secret);
  std::array<std::byte, 4> name{};
  crypto_.random(name);
  Made made;
  made.text = "ff_" + std::string(name_of(role)) + "_" + to_base64url(secret);
  made.token = {to_hex(name), role, std::move(sites), digest(made.text), std::move(label), clock_.now()};
  const auto changed = change([&](Registered& next) -> Result<Done> {
    for (const std::string& site : made.token.sites) {
      if (!next.sites.contains(site)) {
        return Error{ErrorCode::not_found, "the site '" + site + "' is not registered", "site"};
      }
    }
    next.tokens.emplace(made.token.digest, made.token);
    return Done{};
  });
  if (!changed) return changed.error();
  return made;
}

Result<Done> Registry::remove_token(std::string_view id) {
  return change([&](Registered& next) -> Result<Done> {
    const auto removed = std::erase_if(next.tokens, [&](const auto& entry) { return entry.second.id == id; });
    if (removed == 0) return Error{ErrorCode::not_found, "there is no token '" + std::string(id) + "'", "id"};
    return Done{};
  });
}

std::string Registry::digest(std::string_view token) const { return to_hex(crypto_.sha256(token)); }

std::optional<Token> Registry::token(std::string_view text) const {
  // Comparing digests tells a guesser nothing about the token: no constant-time comparison is needed.
  const std::string wanted = digest(text);
  return state_.with([&](const State& state) -> std::optional<Token> {
    if (const auto found = state.adopted.find(wanted); found != state.adopted.end()) return found->second;
    const auto found = state.registered->tokens.find(wanted);
    if (found == state.registered->tokens.end()) return std::nullopt;
    return found->second;
  });
}

void Registry::adopt(std::string_view text, Role role) {
  const Token token{std::string(name_of(role)), role, {}, digest(text), "set when the server started", clock_.now()};
  state_.with([&](State& state) { state.adopted.insert_or_assign(token.digest, token); });
}

Result<Done> Registry::refresh() {
  return state_.with([&](State& state) -> Result<Done> {
    if (file_.revision() == state.revision) return Done{};
    return load(state);
  });
}

}  // namespace footfall
