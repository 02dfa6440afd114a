// footfall query, top and export: the numbers and the rows, for terminals and scripts.

#include <cstdio>

#include "app/json.h"
#include "base/text.h"
#include "base/time.h"
#include "main/api_access.h"
#include "main/command_line.h"
#include "main/commands.h"
#include "main/engine.h"
#include "main/table_transfer.h"

namespace footfall {
namespace {

// In place of a time.
constexpr std::string_view to_dynamodb = "dynamodb";

struct QueryOptions {
  ApiOptions api;
  std::string site;
  std::string from, to;
  std::string ip, path, session, visitor, event;
  // query
  std::vector<std::string> metrics{"visitors", "visits", "pageviews"};
  std::vector<std::string> dimensions;
  std::string range = "30d";
  bool bots = false;
  // top
  std::string by = "path";
  // export
  std::string format = "ndjson";
  std::string output = "-";
  std::size_t limit = 0;
  std::string table;  // to export to, where `to` is dynamodb
};

std::string filter_parameters(const QueryOptions& options) {
  std::string parameters;
  const auto add = [&](const char* name, const std::string& value) {
    if (value.empty()) return;
    parameters += (parameters.empty() ? "?" : "&") + std::string(name) + "=" + percent_encode(value);
  };
  add("site", options.site);
  add("from", options.from);
  add("to", options.to);
  add("ip", options.ip);
  add("path", options.path);
  add("session", options.session);
  add("visitor", options.visitor);
  add("event", options.event);
  if (options.limit > 0) add("limit", std::to_string(options.limit));
  return parameters;
}

std::string plain(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

int query(const QueryOptions& options, ApiAccess& api) {
  json::object body{{"site_id", options.site},
                    {"metrics", json::array(options.metrics.begin(), options.metrics.end())},
                    {"dimensions", json::array(options.dimensions.begin(), options.dimensions.end())},
                    {"include", {{"bots", options.bots}}}};
  if (options.from.empty() && options.to.empty()) {
    body["date_range"] = options.range;
  } else {
    body["date_range"] = json::array{options.from.empty() ? "1970-01-01" : options.from,
                                     options.to.empty() ? to_rfc3339(SystemClock().now()) : options.to};
  }
  if (options.limit > 0) body["pagination"] = {{"limit", options.limit}};
  const auto response = api.call({Method::post, "/api/v2/query", {}, json::serialize(body)});
  if (!response) return tell_error(response.error());
  const auto answer = parse_json(response->body);
  if (!answer) return tell_error(answer.error());
  std::string head;
  for (const std::string& name : options.dimensions) head += name + "\t";
  for (const std::string& name : options.metrics) head += name + "\t";
  head.back() = '\n';
  std::fputs(head.c_str(), stdout);
  for (const json::value& row : answer->at("results").as_array()) {
    std::string line;
    for (const json::value& value : row.at("dimensions").as_array()) line += plain(value) + "\t";
    for (const json::value& value : row.at("metrics").as_array()) line += plain(value) + "\t";
    line.back() = '\n';
    std::fputs(line.c_str(), stdout);
  }
  return exit_done;
}

int top(const QueryOptions& options, ApiAccess& api) {
  const std::string parameters = filter_parameters(options);
  const auto response =
      api.call({Method::get,
                "/api/visits/top" + parameters + (parameters.empty() ? "?" : "&") + "by=" + percent_encode(options.by),
                {},
                {}});
  if (!response) return tell_error(response.error());
  const auto answer = parse_json(response->body);
  if (!answer) return tell_error(answer.error());
  std::printf("visits\tfirst\tlast\t%s\n", options.by.c_str());
  for (const json::value& row : answer->at("top").as_array()) {
    std::printf("%s\t%s\t%s\t%s\n", plain(row.at("visits")).c_str(), plain(row.at("first")).c_str(),
                plain(row.at("last")).c_str(), plain(row.at("value")).c_str());
  }
  return exit_done;
}

int export_rows(const QueryOptions& options, ApiAccess& api) {
  if (options.to == to_dynamodb) return export_to_table(api, options.site, options.table);
  std::FILE* output = options.output == "-" ? stdout : std::fopen(options.output.c_str(), "wb");
  if (output == nullptr) return tell_error({ErrorCode::failed, "cannot write to " + options.output});
  const auto write = [&](std::string_view piece) -> Result<Done> {
    if (std::fwrite(piece.data(), 1, piece.size(), output) == piece.size()) return Done{};
    return Error{ErrorCode::failed, "cannot write to " + options.output};
  };
  const auto response =
      api.call({Method::get, "/api/visits." + options.format + filter_parameters(options), {}, {}}, write);
  const bool closed = output == stdout ? std::fflush(output) == 0 : std::fclose(output) == 0;
  if (!response) return tell_error(response.error());
  if (!closed) return tell_error({ErrorCode::failed, "cannot write to " + options.output});
  return exit_done;
}

using Options = std::shared_ptr<QueryOptions>;

CLI::App* add(CLI::App& app, Outcome& outcome, const char* name, const char* help, const Options& options,
              int (*run)(const QueryOptions&, ApiAccess&)) {
  CLI::App* command = app.add_subcommand(name, help);
  add_api_options(*command, options->api);
  command->add_option("--site", options->site, "The site (not needed when there is only one)");
  command->add_option("--from", options->from, "From this time or date on (RFC 3339, UTC)");
  command->add_option("--to", options->to, "Up to this time, or through this date");
  command->add_option("--limit", options->limit, "At most so many rows");
  command->callback([options, run, &outcome] {
    outcome.code = run_with_api(options->api, [&](ApiAccess& api) { return run(*options, api); });
  });
  return command;
}

void add_filters(CLI::App& command, const Options& options) {
  command.add_option("--ip", options->ip, "Only visits from this address");
  command.add_option("--path", options->path, "Only visits of this path");
  command.add_option("--session", options->session, "Only visits of this session");
  command.add_option("--visitor", options->visitor, "Only visits of this visitor");
  command.add_option("--event", options->event, "Only events of this name");
}

}  // namespace

void add_query_commands(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<QueryOptions>();
  CLI::App* query_command = add(app, outcome, "query", "Metrics of a site over a time, as a table", options, query);
  query_command->add_option("--metrics", options->metrics, "visitors,visits,pageviews,bounce_rate,…")->delimiter(',');
  query_command->add_option("--by", options->dimensions, "Dimensions: event:page, visit:source, time:day, …")
      ->delimiter(',');
  query_command->add_option("--range", options->range, "day, 24h, 7d, 30d, month, 12mo, all, …")->capture_default_str();
  query_command->add_flag("--bots", options->bots, "Count bots too");
  query_command->get_option("--site")->required();
  add_twins(*query_command);

  CLI::App* top_command = add(app, outcome, "top", "How often each ip, path, session, … came", options, top);
  top_command
      ->add_option("--by", options->by,
                   "ip, path, session, visitor, referrer, user_agent, event, country, browser, os, device or source")
      ->capture_default_str();
  add_filters(*top_command, options);
  add_twins(*top_command);

  CLI::App* export_command =
      add(app, outcome, "export", "Every row, to a file or standard output", options, export_rows);
  export_command->add_option("--format", options->format, "ndjson, csv or parquet")
      ->check(CLI::IsMember({"ndjson", "csv", "parquet"}))
      ->capture_default_str();
  export_command->add_option("--output", options->output, "The file; - is standard output")->capture_default_str();
  export_command->get_option("--to")->description("Up to this time, or through this date; dynamodb: into --table");
  export_command->add_option("--table", options->table, table_help);
  add_filters(*export_command, options);
  add_twins(*export_command);
}

}  // namespace footfall
