// The commands of the program. Each adds itself to the command line and runs when it is chosen.
#pragma once

#include <CLI/CLI.hpp>

namespace footfall {

// Exit codes of every command.
inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_wrong_usage = 2;

// What a chosen command returns becomes the program's exit code.
struct Outcome {
  int code = exit_done;
};

void add_serve_command(CLI::App& app, Outcome& outcome);
void add_import_command(CLI::App& app, Outcome& outcome);
void add_query_commands(CLI::App& app, Outcome& outcome);  // query, top, export
void add_owner_commands(CLI::App& app, Outcome& outcome);  // site, token, key
void add_receipt_commands(CLI::App& app, Outcome& outcome);
void add_erase_commands(CLI::App& app, Outcome& outcome);  // delete, prune
void add_local_commands(CLI::App& app, Outcome& outcome);  // the functions of AWS, on this machine

}  // namespace footfall
