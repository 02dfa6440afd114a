// footfall delete and footfall prune: erasing visits for good, by who they were of and by age.

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <string>

#include "app/json.h"
#include "base/text.h"
#include "main/api_access.h"
#include "main/command_line.h"
#include "main/commands.h"

namespace footfall {
namespace {

struct EraseOptions {
  ApiOptions api;
  std::string site;
  std::string ip, path, session, visitor, event;
  std::string from, to;
  bool yes = false;
  bool dry_run = false;
};

constexpr std::array narrowing{&EraseOptions::ip,      &EraseOptions::path,  &EraseOptions::session,
                               &EraseOptions::visitor, &EraseOptions::event, &EraseOptions::from,
                               &EraseOptions::to};

std::string query_of(const EraseOptions& options) {
  std::string query;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) query += (query.empty() ? "?" : "&") + std::string(name) + "=" + percent_encode(value);
  };
  add("site", options.site);
  add("ip", options.ip);
  add("path", options.path);
  add("session", options.session);
  add("visitor", options.visitor);
  add("event", options.event);
  add("from", options.from);
  add("to", options.to);
  return query;
}

Result<std::int64_t> number_in(ApiAccess& api, const ClientRequest& request, const char* member) {
  const auto response = api.call(request);
  if (!response) return response.error();
  const auto answer = parse_json(response->body);
  if (!answer) return answer.error();
  return answer->at(member).to_number<std::int64_t>();
}

bool is_confirmed(std::int64_t visits) {
  if (::isatty(STDIN_FILENO) == 0) return false;
  std::fprintf(stderr, "Erase %lld visits for good? [y/N] ", static_cast<long long>(visits));
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

int erase(const EraseOptions& options, ApiAccess& api) {
  const bool narrowed = std::any_of(narrowing.begin(), narrowing.end(),
                                    [&](std::string EraseOptions::*filter) { return !(options.*filter).empty(); });
  if (!narrowed) {
    return tell_error(
        {ErrorCode::invalid, "one of --ip, --path, --session, --visitor, --event, --from, --to is needed"});
  }
  const std::string query = query_of(options);
  const auto visits = number_in(api, {Method::del, "/api/visits" + query + "&preview=true", {}, {}}, "visits");
  if (!visits) return tell_error(visits.error());
  std::printf("%lld visits match\n", static_cast<long long>(*visits));
  if (*visits == 0 || options.dry_run) return exit_done;
  if (!options.yes && !is_confirmed(*visits)) {
    return tell_error({ErrorCode::failed, "nothing was erased; --yes erases without asking"});
  }
  const auto deleted = number_in(api, {Method::del, "/api/visits" + query, {}, {}}, "deleted");
  if (!deleted) return tell_error(deleted.error());
  std::printf("%lld visits erased\n", static_cast<long long>(*deleted));
  return exit_done;
}

int prune(const EraseOptions& options, ApiAccess& api) {
  std::string query = query_of(options);
  if (options.dry_run) query += std::string(query.empty() ? "?" : "&") + "dry_run=true";
  const auto response = api.call({Method::post, "/api/prune" + query, {}, {}});
  if (!response) return tell_error(response.error());
  const auto answer = parse_json(response->body);
  if (!answer) return tell_error(answer.error());
  std::printf("site\tvisits\taddresses\tuser_agents\n");
  for (const json::value& site : answer->at("sites").as_array()) {
    std::printf("%s\t%lld\t%lld\t%lld\n", json::value_to<std::string>(site.at("site")).c_str(),
                static_cast<long long>(site.at("visits").to_number<std::int64_t>()),
                static_cast<long long>(site.at("addresses").to_number<std::int64_t>()),
                static_cast<long long>(site.at("user_agents").to_number<std::int64_t>()));
  }
  return exit_done;
}

using Options = std::shared_ptr<EraseOptions>;

CLI::App* add(CLI::App& app, Outcome& outcome, const char* name, const char* help, const Options& options,
              int (*run)(const EraseOptions&, ApiAccess&)) {
  CLI::App* command = app.add_subcommand(name, help);
  add_api_options(*command, options->api);
  command->add_flag("--dry-run", options->dry_run, "Only tell how much it would be");
  command->callback([options, run, &outcome] {
    outcome.code = run_with_api(options->api, [&](ApiAccess& api) { return run(*options, api); });
  });
  return command;
}

}  // namespace

void add_erase_commands(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<EraseOptions>();
  CLI::App* erase_command =
      add(app, outcome, "delete", "Erase visits for good, by one or more of the filters; counters keep their numbers",
          options, erase);
  erase_command->add_option("--site", options->site, "The site")->required();
  erase_command->add_option("--ip", options->ip, "Visits from this address, as a row shows it or in full");
  erase_command->add_option("--path", options->path, "Visits of this path");
  erase_command->add_option("--session", options->session, "Visits of this session");
  erase_command->add_option("--visitor", options->visitor, "Visits of this visitor");
  erase_command->add_option("--event", options->event, "Events of this name");
  erase_command->add_option("--from", options->from, "From this time or date on (RFC 3339, UTC)");
  erase_command->add_option("--to", options->to, "Up to this time, or through this date");
  erase_command->add_flag("--yes", options->yes, "Do not ask");
  add_twins(*erase_command);

  CLI::App* prune_command =
      add(app, outcome, "prune", "Let go now what the sites' settings keep for so many days", options, prune);
  prune_command->add_option("--site", options->site, "Only of this site");
  add_twins(*prune_command);
}

}  // namespace footfall
