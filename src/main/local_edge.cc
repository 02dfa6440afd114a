#include "main/local_edge.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>

#include "app/json.h"
#include "main/assets.h"

namespace footfall {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds start_patience{30};
constexpr const char* edge_tool = "cloud/tools/local_edge.mjs";
constexpr const char* emulators_tool = "tests/cloud/start_emulators.mjs";

Error no_file(const std::string& file) {
  return {ErrorCode::not_found,
          "there is no " + file + ": --checkout names the folder of Footfall's sources, which hold it"};
}

// The nearest folder above that holds it; "" if none does.
std::string above(fs::path folder, const std::string& file) {
  std::error_code ignored;
  for (; !folder.empty(); folder = folder.parent_path()) {
    if (fs::exists(folder / file, ignored)) return folder.string();
    if (folder == folder.parent_path()) break;
  }
  return "";
}

Error without_node(const Error& error) {
  if (error.code != ErrorCode::not_found) return error;
  return {error.code, "Node.js is needed for this, as AWS's own functions at the edge are JavaScript: " + error.what};
}

}  // namespace

Result<std::string> checkout_with(const std::string& given, const std::string& file) {
  std::error_code ignored;
  if (!given.empty()) return fs::exists(fs::path(given) / file, ignored) ? Result<std::string>(given) : no_file(file);
  for (const fs::path& begin : {fs::read_symlink("/proc/self/exe", ignored).parent_path(), fs::current_path(ignored)}) {
    if (std::string found = above(begin, file); !found.empty()) return found;
  }
  return no_file(file);
}

Result<std::unique_ptr<PassingFolder>> PassingFolder::make() {
  std::error_code ignored;
  std::string name = (fs::temp_directory_path(ignored) / "footfall-local-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) return Error{ErrorCode::failed, "no folder can be made for passing files"};
  return std::unique_ptr<PassingFolder>(new PassingFolder(name));
}

PassingFolder::~PassingFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Result<std::string> PassingFolder::write(const std::string& name, std::string_view text) {
  const fs::path file = fs::path(path_) / name;
  const Error failed{ErrorCode::failed, "cannot write " + file.string()};
  std::error_code ignored;
  fs::create_directories(file.parent_path(), ignored);
  const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return failed;
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written <= 0) break;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  close(descriptor);
  return text.empty() ? Result<std::string>(file.string()) : failed;
}

Result<std::string> edge_settings(const std::string& site, const std::string& session_keys) {
  const auto value = parse_json(session_keys);
  const json::value* keys = value && value->is_object() ? value->get_object().if_contains("keys") : nullptr;
  if (keys == nullptr || !keys->is_array()) return Error{ErrorCode::corrupt, "the table's session keys are damaged"};
  return json::serialize(json::object{{"site", site},
                                      {"session", "redirect"},
                                      {"protect", "origin"},
                                      {"hosts", json::array{}},
                                      {"session_idle_seconds", 1'800},
                                      {"session_max_seconds", 7'200},
                                      {"secure", false},
                                      {"keys", *keys}});
}

Result<LocalEdge> start_local_edge(const EdgeOptions& options, PassingFolder& files) {
  for (const Asset& asset : assets()) {
    if (asset.path == "openapi.json") continue;  // the API's
    if (auto written = files.write("own/" + std::string(asset.path), asset.bytes); !written) return written.error();
  }
  auto process =
      ChildProcess::start({"node", options.checkout + "/" + edge_tool, "--edge", options.settings_file, "--api",
                           options.api, "--listen", options.listen, "--own", files.path() + "/own", options.root});
  if (!process) return without_node(process.error());
  const auto line = (*process)->line(start_patience);
  constexpr std::string_view before = "listening on ";
  if (!line || !line->starts_with(before)) {
    return Error{ErrorCode::failed, "the edge does not begin" + (line ? ": " + *line : std::string())};
  }
  return LocalEdge{std::move(*process), line->substr(before.size())};
}

Result<LocalServices> start_emulators(const std::string& checkout) {
  auto process = ChildProcess::start({"node", checkout + "/" + emulators_tool});
  if (!process) return without_node(process.error());
  const auto line = (*process)->line(start_patience);
  const auto said = line ? parse_json(*line) : Result<json::value>(line.error());
  if (!said || !said->is_object()) {
    return Error{ErrorCode::failed,
                 "the emulators of SQS and DynamoDB do not begin: `npm ci` in the checkout installs them"};
  }
  LocalServices services{std::move(*process), {}};
  for (const auto& [name, value] : said->get_object()) {
    if (value.is_string()) services.environment.emplace(name, value.get_string());
  }
  return services;
}

}  // namespace footfall
