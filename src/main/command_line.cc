#include "main/command_line.h"

#include <toml++/toml.h>

#include <cstdio>

#include "main/commands.h"

namespace footfall {
namespace {

std::string environment_name(const std::string& flag) {
  std::string name = "FOOTFALL_";
  for (const char c : flag) name.push_back(c == '-' ? '_' : static_cast<char>(std::toupper(c)));
  return name;
}

// The value of a key as flags would have it: arrays become several values.
std::vector<std::string> values_of(const toml::node& node) {
  std::vector<std::string> values;
  if (const auto* array = node.as_array()) {
    for (const auto& element : *array) {
      for (std::string& value : values_of(element)) values.push_back(std::move(value));
    }
  } else if (const auto text = node.value_exact<std::string>()) {
    values.push_back(*text);
  } else if (const auto flag = node.value_exact<bool>()) {
    values.emplace_back(*flag ? "true" : "false");
  } else if (const auto number = node.value_exact<std::int64_t>()) {
    values.push_back(std::to_string(*number));
  }
  return values;
}

// A value of the file for an option that neither a flag nor the environment has set.
void apply_key(CLI::App& command, const std::string& name, const toml::node& node, const std::string& place) {
  CLI::Option* option = command.get_option_no_throw("--" + name);
  if (option == nullptr || name == "config") throw CLI::ValidationError(place + "there is no such key");
  const auto values = values_of(node);
  if (values.empty()) throw CLI::ValidationError(place + "has a value of a wrong type");
  if (option->count() > 0) return;
  for (const std::string& value : values) option->add_result(value);
  try {
    option->run_callback();
  } catch (const CLI::ParseError& error) {
    throw CLI::ValidationError(place + error.what());
  }
}

void apply_config(CLI::App& command, const std::string& file, bool has_sites) {
  toml::table table;
  try {
    table = toml::parse_file(file);
  } catch (const toml::parse_error& error) {
    throw CLI::ValidationError(file + ":" + std::to_string(error.source().begin.line) + ": " +
                               std::string(error.description()));
  }
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (has_sites && name == "site" && node.is_table()) continue;
    apply_key(command, name, node, file + ":" + std::to_string(node.source().begin.line) + ": " + name + ": ");
  }
}

}  // namespace

void add_twins(CLI::App& command, std::string* config) {
  for (CLI::Option* option : command.get_options()) {
    if (!option->get_lnames().empty() && option->get_lnames().front() != "help" && option->get_envname().empty()) {
      option->envname(environment_name(option->get_lnames().front()));
    }
  }
  // The last of the options: what flags and environment gave is known when it is read, and what the command requires is
  // asked for afterwards.
  command
      .add_option_function<std::string>(
          "--config",
          [&command, config](const std::string& file) {
            apply_config(command, file, config != nullptr);
            if (config != nullptr) *config = file;
          },
          config == nullptr ? "A TOML file with these options as keys"
                            : "A TOML file with these options as keys, and with tables [site.\"HOST\"]")
      ->check(CLI::ExistingFile)
      ->envname("FOOTFALL_CONFIG");
  // Its being there makes CLI11 look at the environment of the chosen command alone.
  command.parse_complete_callback([] {});
}

void add_api_options(CLI::App& command, ApiOptions& options) {
  command.add_option("--data", options.data, "The data folder (a server that holds it is spoken to)")
      ->capture_default_str();
  command.add_option("--server", options.server, "Speak to this server instead, e.g. http://127.0.0.1:8080");
  command.add_option("--token", options.token,
                     "The token for --server (else FOOTFALL_ADMIN_TOKEN, or the data folder's own)");
}

int tell_error(const Error& error) {
  std::fprintf(stderr, "footfall: %s\n", error.what.c_str());
  return error.code == ErrorCode::invalid ? exit_wrong_usage : exit_failed;
}

}  // namespace footfall
