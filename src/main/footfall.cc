// The program: reads the command line and runs the command.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "main/commands.h"

int main(int argc, char** argv) {
  CLI::App app("Footfall counts who comes to a website, keeps every visit safely, and shows it.", "footfall");
  app.require_subcommand(1);
  app.set_version_flag("--version", "footfall " FOOTFALL_VERSION);
  app.failure_message([](const CLI::App* command, const CLI::Error& error) {
    return "footfall: " + std::string(error.what()) + "\nTry `" + command->get_name() + " --help`.\n";
  });
  footfall::Outcome outcome;
  footfall::add_serve_command(app, outcome);
  footfall::add_import_command(app, outcome);
  footfall::add_query_commands(app, outcome);
  footfall::add_owner_commands(app, outcome);
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
