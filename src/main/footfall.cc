// The program: reads the command line and runs the command.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "main/commands.h"

namespace {

// One line: what is wrong, and whose manual tells more.
std::string usage_line(const CLI::App* app, const CLI::Error& error) {
  const auto unknown = app->remaining();
  const bool names_no_command = app->get_subcommands().empty() && !unknown.empty();
  std::string command = app->get_name();
  for (auto chosen = app->get_subcommands(); !chosen.empty(); chosen = app->get_subcommands()) {
    app = chosen.front();
    command += " " + app->get_name();
  }
  const std::string what =
      names_no_command ? "there is no command '" + unknown.front() + "'" : std::string(error.what());
  return "footfall: " + what + " (see `" + command + " --help`)\n";
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Footfall counts who comes to a website, keeps every visit safely, and shows it.", "footfall");
  app.require_subcommand(1);
  app.set_version_flag("--version", "footfall " FOOTFALL_VERSION);
  app.failure_message(usage_line);
  footfall::Outcome outcome;
  footfall::add_serve_command(app, outcome);
  footfall::add_import_command(app, outcome);
  footfall::add_query_commands(app, outcome);
  footfall::add_owner_commands(app, outcome);
  footfall::add_receipt_commands(app, outcome);
  footfall::add_erase_commands(app, outcome);
  footfall::add_local_commands(app, outcome);
  app.add_subcommand("version", "Print the version")->callback([] { std::puts("footfall " FOOTFALL_VERSION); });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? footfall::exit_done : footfall::exit_wrong_usage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "footfall: %s\n", error.what());
    return footfall::exit_failed;
  }
  return outcome.code;
}
