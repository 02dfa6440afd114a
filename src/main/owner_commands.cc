// footfall site, token and key: what is registered, who may ask, and what signs.

#include <cstdio>

#include "app/json.h"
#include "base/text.h"
#include "main/api_access.h"
#include "main/command_line.h"
#include "main/commands.h"

namespace footfall {
namespace {

struct OwnerOptions {
  ApiOptions api;
  std::string name;  // a site, or a token's id
  std::string role = "read";
  std::string label;
  std::vector<std::string> sites;
  json::object settings;  // of a site: what was given
};

// Runs one call and hands the answer's JSON on; tells what went wrong.
template <typename Show>
int ask(const OwnerOptions& options, const ClientRequest& request, Show&& show) {
  auto api = ApiAccess::open(options.api);
  if (!api) return tell_error(api.error());
  const auto response = (*api)->call(request);
  if (!response) return tell_error(response.error());
  if (auto finished = (*api)->finish(); !finished) return tell_error(finished.error());
  if (response->body.empty()) return exit_done;
  const auto answer = parse_json(response->body);
  if (!answer) return tell_error(answer.error());
  show(*answer);
  return exit_done;
}

std::string text_at(const json::value& value, std::string_view name) {
  return json::value_to<std::string>(value.at(name));
}

// As the flags of `footfall site add` take it.
std::string setting_text(const json::value& value) {
  if (value.is_string()) return json::value_to<std::string>(value);
  if (!value.is_array()) return json::serialize(value);
  std::string text;
  for (const json::value& entry : value.get_array()) {
    text += (text.empty() ? "" : ",") + json::value_to<std::string>(entry);
  }
  return text.empty() ? "-" : text;
}

int list_sites(const OwnerOptions& options) {
  return ask(options, {Method::get, "/api/sites", {}, {}}, [](const json::value& answer) {
    for (const json::value& site : answer.at("sites").as_array()) {
      std::printf("%s\n", text_at(site, "site").c_str());
      for (const auto& [name, value] : site.as_object()) {
        if (name != "site") std::printf("  %s\t%s\n", std::string(name).c_str(), setting_text(value).c_str());
      }
    }
  });
}

int add_site(const OwnerOptions& options) {
  json::object body = options.settings;
  body["site"] = options.name;
  return ask(options, {Method::post, "/api/sites", {}, json::serialize(body)},
             [](const json::value& answer) { std::printf("registered %s\n", text_at(answer, "site").c_str()); });
}

int remove_site(const OwnerOptions& options) {
  return ask(options, {Method::del, "/api/sites/" + percent_encode(options.name), {}, {}}, [](const json::value&) {});
}

int list_tokens(const OwnerOptions& options) {
  return ask(options, {Method::get, "/api/tokens", {}, {}}, [](const json::value& answer) {
    for (const json::value& token : answer.at("tokens").as_array()) {
      std::string sites;
      for (const json::value& site : token.at("sites").as_array()) {
        sites += (sites.empty() ? "" : ",") + json::value_to<std::string>(site);
      }
      std::printf("%s\t%s\t%s\t%s\t%s\n", text_at(token, "id").c_str(), text_at(token, "role").c_str(),
                  sites.empty() ? "all sites" : sites.c_str(), text_at(token, "made").c_str(),
                  text_at(token, "label").c_str());
    }
  });
}

int make_token(const OwnerOptions& options) {
  const json::object body{{"role", options.role},
                          {"label", options.label},
                          {"sites", json::array(options.sites.begin(), options.sites.end())}};
  return ask(options, {Method::post, "/api/tokens", {}, json::serialize(body)}, [](const json::value& answer) {
    std::printf("%s\n", text_at(answer, "token").c_str());
    std::fprintf(stderr, "token %s, shown this once\n", text_at(answer, "id").c_str());
  });
}

int remove_token(const OwnerOptions& options) {
  return ask(options, {Method::del, "/api/tokens/" + percent_encode(options.name), {}, {}}, [](const json::value&) {});
}

void show_keys(const json::value& answer) {
  for (const json::value& key : answer.at("keys").as_array()) {
    const char* state = key.at("signs").as_bool() ? "signs" : key.at("verifies").as_bool() ? "verifies" : "ended";
    std::printf("%s\t%s\t%s\n", text_at(key, "id").c_str(), text_at(key, "made").c_str(), state);
  }
}

int list_keys(const OwnerOptions& options) { return ask(options, {Method::get, "/api/keys", {}, {}}, show_keys); }

int rotate_keys(const OwnerOptions& options) {
  return ask(options, {Method::post, "/api/keys/rotate", {}, {}}, show_keys);
}

using Options = std::shared_ptr<OwnerOptions>;

CLI::App* add(CLI::App& parent, Outcome& outcome, const char* name, const char* help, const Options& options,
              int (*run)(const OwnerOptions&)) {
  CLI::App* command = parent.add_subcommand(name, help);
  add_api_options(*command, options->api);
  command->callback([options, run, &outcome] { outcome.code = run(*options); });
  return command;
}

// What is given is changed, the rest stays; a new site begins with the defaults.
void add_site_settings(CLI::App& command, const Options& options) {
  const auto minutes = [&](const char* flag, const char* member, const char* help) {
    command.add_option_function<std::int64_t>(
        flag, [options, member](std::int64_t value) { options->settings[member] = value * 60; }, help);
  };
  const auto days = [&](const char* flag, const char* member, const char* help) {
    command.add_option_function<std::int64_t>(
        flag, [options, member](std::int64_t value) { options->settings[member] = value; }, help);
  };
  const auto word = [&](const char* flag, const char* member, const char* help) {
    command.add_option_function<std::string>(
        flag, [options, member](const std::string& value) { options->settings[member] = value; }, help);
  };
  const auto words = [&](const char* flag, const char* member, const char* help) {
    command
        .add_option_function<std::vector<std::string>>(
            flag,
            [options, member](const std::vector<std::string>& values) {
              options->settings[member] = json::array(values.begin(), values.end());
            },
            help)
        ->delimiter(',');
  };
  const auto yes_or_no = [&](const char* flag, const char* member, const char* help) {
    command.add_option_function<bool>(
        flag, [options, member](bool value) { options->settings[member] = value; }, help);
  };
  minutes("--session-idle", "session_idle_seconds", "Minutes of quiet that end a session (30)");
  minutes("--session-max", "session_max_seconds", "Minutes that a session lasts at most (120)");
  word("--session", "session", "How the edge gives a session: redirect, response (default) or off");
  word("--protect", "protect", "Who may record: off, origin (default) or strict");
  words("--host", "hosts", "Further hosts whose pages may record for the site");
  words("--dialect", "dialects", "Dialects of counters that the site speaks: countapi, goatcounter, busuanzi, …");
  word("--address", "address", "What is kept of an address: full (default), truncated, hashed or none");
  days("--address-days", "address_days", "Days after which addresses go (0: never)");
  days("--user-agent-days", "user_agent_days", "Days after which user agents go (0: never)");
  days("--visit-days", "visit_days", "Days after which visits go (0: never)");
  yes_or_no("--honour-dnt", "honour_dnt", "true: a browser that sends DNT: 1 is not counted");
  yes_or_no("--honour-gpc", "honour_gpc", "true: a browser that sends Sec-GPC: 1 is not counted");
}

}  // namespace

void add_owner_commands(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<OwnerOptions>();
  CLI::App* site = app.add_subcommand("site", "The sites that may be counted")->require_subcommand(1);
  add_twins(*add(*site, outcome, "list", "Show the registered sites", options, list_sites));
  CLI::App* site_add = add(*site, outcome, "add", "Register a site, or change its settings", options, add_site);
  site_add->add_option("SITE", options->name, "A host name, e.g. example.com")->required();
  add_site_settings(*site_add, options);
  add_twins(*site_add);
  CLI::App* site_remove = add(*site, outcome, "remove", "Stop counting a site; its visits stay", options, remove_site);
  site_remove->add_option("SITE", options->name)->required();
  add_twins(*site_remove);

  CLI::App* token = app.add_subcommand("token", "Who may read, and who may record for others")->require_subcommand(1);
  add_twins(*add(*token, outcome, "list", "Show the tokens (never their texts)", options, list_tokens));
  CLI::App* create = add(*token, outcome, "create", "Make a token and print it, this once", options, make_token);
  create->add_option("--role", options->role, "read, ingest or admin")
      ->check(CLI::IsMember({"read", "ingest", "admin"}))
      ->capture_default_str();
  create->add_option("--site", options->sites, "Only for this site (may be repeated); without it, for all");
  create->add_option("--label", options->label, "What it is for");
  add_twins(*create);
  CLI::App* revoke = add(*token, outcome, "revoke", "End a token", options, remove_token);
  revoke->add_option("ID", options->name, "Its id, as `footfall token list` shows it")->required();
  add_twins(*revoke);

  CLI::App* key = app.add_subcommand("key", "The keys that sign sessions and page tokens")->require_subcommand(1);
  add_twins(*add(*key, outcome, "list", "Show the keys: ids and ages, never secrets", options, list_keys));
  CLI::App* rotate = add(*key, outcome, "rotate", "Sign with a new key from now on", options, rotate_keys);
  rotate->footer("Sessions go on: what the old key has signed is believed for 2 hours and 5 minutes more.");
  add_twins(*rotate);
}

}  // namespace footfall
