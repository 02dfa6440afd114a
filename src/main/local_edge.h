// CloudFront on this machine: the edge functions of a checkout, run by Node.js, in front of a folder and an API; and
// the emulators of queue and table that a checkout brings along.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "main/child_process.h"
#include "main/local_functions.h"

namespace footfall {

// The checkout that holds the tools: what was given, else the one that this program was built in, else the current
// folder's. Error: not_found (none of them holds `file`).
Result<std::string> checkout_with(const std::string& given, const std::string& file);

// Files that leave with it.
class PassingFolder {
 public:
  static Result<std::unique_ptr<PassingFolder>> make();
  ~PassingFolder();
  // Readable by the owner alone. The file's whole name. Error: failed.
  Result<std::string> write(const std::string& name, std::string_view text);
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit PassingFolder(std::string path) : path_(std::move(path)) {}
  const std::string path_;
};

// The settings of an edge whose keys are `session_keys`, a file of the functions, on plain HTTP.
// Error: corrupt (these are no keys).
Result<std::string> edge_settings(const std::string& site, const std::string& session_keys);

struct EdgeOptions {
  std::string root;  // the site's files
  std::string api;   // http://…
  std::string settings_file;
  std::string listen;
  std::string checkout;
};
struct LocalEdge {
  std::unique_ptr<ChildProcess> process;
  std::string url;
};
// `files`: takes the script and the counter's element, which a site has unless it brings its own.
Result<LocalEdge> start_local_edge(const EdgeOptions& options, PassingFolder& files);

struct LocalServices {
  std::unique_ptr<ChildProcess> process;
  std::map<std::string, std::string, std::less<>> environment;
};
// DynamoDB and SQS, emulated; what is in them goes with them.
Result<LocalServices> start_emulators(const std::string& checkout);

}  // namespace footfall
