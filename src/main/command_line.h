// What all commands share: flags with their environment twins, the configuration file, and how errors are told.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "base/result.h"
#include "main/api_access.h"

namespace footfall {

// Gives every long flag of a command its environment twin (FOOTFALL_DATA for --data) and a --config FILE in TOML, whose
// keys are the flags' names. Flags go before the environment, the environment before the file.
//   config   takes the file's name; with it the file may hold tables [site."HOST"], which the caller reads
void add_twins(CLI::App& command, std::string* config = nullptr);

// --data, --server and --token.
void add_api_options(CLI::App& command, ApiOptions& options);

// One clear line on standard error; the exit code for it.
int tell_error(const Error& error);

}  // namespace footfall
