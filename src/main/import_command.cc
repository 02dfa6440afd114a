// footfall import: access logs, or the visits of a table, into the visits.

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "adapters/log_input/log_input.h"
#include "app/importer.h"
#include "app/json.h"
#include "base/text.h"
#include "domain/page.h"
#include "main/api_access.h"
#include "main/command_line.h"
#include "main/commands.h"
#include "main/table_transfer.h"

namespace footfall {
namespace {

using std::chrono::steady_clock;

// A server without room is asked again this often, for so long.
constexpr std::chrono::milliseconds no_room_wait{500};
constexpr int no_room_tries = 120;
constexpr std::chrono::milliseconds progress_interval{100};
constexpr int bar_width = 30;

struct ImportOptions {
  ApiOptions api;
  std::string site;
  std::string format = "auto";
  std::vector<std::string> files;
  bool quiet = false;
  std::string from;   // "dynamodb", or empty: files
  std::string table;  // to import from
};

// A bar on a terminal; nothing where nobody watches.
class Progress {
 public:
  Progress(std::string name, bool quiet) : name_(std::move(name)), shown_(!quiet && ::isatty(STDERR_FILENO) == 1) {}
  ~Progress() {
    if (shown_) std::fputs("\r\033[K", stderr);
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(const LogInput& input, const ImportCounts& counts) {
    const auto now = steady_clock::now();
    if (!shown_ || now - last_ < progress_interval) return;
    last_ = now;
    const double seconds = std::chrono::duration<double>(now - begun_).count();
    const double rate = static_cast<double>(counts.lines) / std::max(seconds, 0.001);
    std::string line = "\r\033[K" + name_ + "  ";
    if (input.bytes_total() > 0) {
      const double part =
          std::min(1.0, static_cast<double>(input.bytes_read()) / static_cast<double>(input.bytes_total()));
      const int filled = static_cast<int>(part * bar_width);
      line += "[" + std::string(static_cast<std::size_t>(filled), '#') +
              std::string(static_cast<std::size_t>(bar_width - filled), '.') + "] " +
              std::to_string(static_cast<int>(part * 100)) + " %  ";
    }
    line += std::to_string(counts.lines) + " lines, " + std::to_string(static_cast<long>(rate)) + "/s";
    std::fputs(line.c_str(), stderr);
  }

 private:
  std::string name_;
  bool shown_;
  steady_clock::time_point begun_ = steady_clock::now();
  steady_clock::time_point last_{};
};

Result<ImportedBlock> read_answer(const std::string& body) {
  const Error bad{ErrorCode::failed, "the server's answer to a block makes no sense"};
  const auto value = parse_json(body);
  if (!value) return bad;
  try {
    const json::object& answer = value->as_object();
    ImportedBlock block;
    block.counts.lines = answer.at("lines").to_number<std::uint64_t>();
    block.counts.recorded = answer.at("recorded").to_number<std::uint64_t>();
    block.counts.repeated = answer.at("repeated").to_number<std::uint64_t>();
    block.counts.malformed = answer.at("malformed").to_number<std::uint64_t>();
    for (std::size_t i = 0; i < left_out_reasons; ++i) {
      block.counts.left_out.at(i) =
          answer.at("left_out").as_object().at(name_of(static_cast<LeftOut>(i))).to_number<std::uint64_t>();
    }
    block.chain.hash = parse_unsigned(answer.at("chain").as_string()).value();
    block.chain.lines = parse_unsigned(answer.at("chain_lines").as_string()).value();
    return block;
  } catch (const std::exception&) {
    return bad;
  }
}

class ImportRun {
 public:
  ImportRun(const ImportOptions& options, ApiAccess& api) : options_(options), api_(api) {}

  Result<Done> register_site() {
    const auto site = parse_site(options_.site);
    if (!site) return site.error();
    site_ = *site;
    const auto known = api_.call({Method::get, "/api/sites", {}, {}});
    if (!known) return known.error();
    const auto answer = parse_json(known->body);
    if (!answer) return answer.error();
    for (const json::value& entry : answer->at("sites").as_array()) {
      if (entry.at("site").as_string() == site_) return Done{};
    }
    const auto put = api_.call({Method::post, "/api/sites", {}, json::serialize(json::object{{"site", site_}})});
    if (!put) return put.error();
    std::fprintf(stderr, "registered the site %s\n", site_.c_str());
    return Done{};
  }

  [[nodiscard]] const std::string& site() const { return site_; }

  Result<ImportCounts> import_file(const std::string& name) {
    auto input = LogInput::open(name);
    if (!input) return input.error();
    Progress progress(name == "-" ? "standard input" : name, options_.quiet);
    ImportCounts counts;
    ImportChain chain;
    while (true) {
      const auto lines = (*input)->next_block(import_block_lines, import_block_bytes_max);
      if (!lines) return lines.error();
      if (lines->empty()) return counts;
      const auto block = send(chain, *lines);
      if (!block) return block.error();
      chain = block->chain;
      counts.add(block->counts);
      progress.show(**input, counts);
    }
  }

 private:
  Result<ImportedBlock> send(const ImportChain& chain, std::string_view lines) {
    const std::string target = "/api/import?site=" + percent_encode(site_) + "&format=" + options_.format +
                               "&chain=" + std::to_string(chain.hash) + "&lines=" + std::to_string(chain.lines);
    for (int attempt = 1;; ++attempt) {
      const auto response = api_.call({Method::post, target, {{"content-type", "text/plain"}}, std::string(lines)});
      if (response) return read_answer(response->body);
      if (response.error().code != ErrorCode::unavailable || attempt == no_room_tries) return response.error();
      std::this_thread::sleep_for(no_room_wait);
    }
  }

  const ImportOptions& options_;
  ApiAccess& api_;
  std::string site_;
};

void tell(const std::string& name, const ImportCounts& counts, double seconds) {
  std::uint64_t left_out = 0;
  std::string reasons;
  constexpr const char* explained[left_out_reasons] = {"not a GET", "answered neither 2xx nor 304", "assets",
                                                       "of other sites", "in the future"};
  for (std::size_t i = 0; i < left_out_reasons; ++i) {
    if (counts.left_out[i] == 0) continue;
    left_out += counts.left_out[i];
    reasons += (reasons.empty() ? " (" : ", ") + std::to_string(counts.left_out[i]) + " " + explained[i];
  }
  if (!reasons.empty()) reasons += ")";
  std::printf("%s: %llu lines: %llu recorded, %llu left out%s, %llu malformed, %llu imported before; %.1f s\n",
              name.c_str(), static_cast<unsigned long long>(counts.lines),
              static_cast<unsigned long long>(counts.recorded), static_cast<unsigned long long>(left_out),
              reasons.c_str(), static_cast<unsigned long long>(counts.malformed),
              static_cast<unsigned long long>(counts.repeated), seconds);
}

int run(const ImportOptions& options) {
  if (options.from.empty() == options.files.empty()) {
    std::fprintf(stderr, "footfall: either FILE or --from is needed (see `footfall import --help`)\n");
    return exit_wrong_usage;
  }
  if (!log_format_named(options.format)) {
    return tell_error({ErrorCode::invalid, "--format must be auto, common, combined or combined-with-host"});
  }
  auto api = ApiAccess::open(options.api);
  if (!api) return tell_error(api.error());
  ImportRun import(options, **api);
  if (auto registered = import.register_site(); !registered) return tell_error(registered.error());
  int code = options.from.empty() ? exit_done : import_from_table(**api, import.site(), options.table);
  for (const std::string& file : options.files) {
    const auto begun = steady_clock::now();
    const auto counts = import.import_file(file);
    if (!counts) {
      code = tell_error({counts.error().code, file + ": " + counts.error().what});
      continue;
    }
    tell(file, *counts, std::chrono::duration<double>(steady_clock::now() - begun).count());
  }
  if (auto finished = (*api)->finish(); !finished) return tell_error(finished.error());
  return code;
}

}  // namespace

void add_import_command(CLI::App& app, Outcome& outcome) {
  CLI::App* command =
      app.add_subcommand("import", "Load web server logs, or a table; what is imported again adds nothing");
  auto options = std::make_shared<ImportOptions>();
  add_api_options(*command, options->api);
  command->add_option("--site", options->site, "The site that the log is of (registered if it is new)")->required();
  command->add_option("--format", options->format, "auto, common, combined or combined-with-host")
      ->capture_default_str();
  command->add_flag("--quiet", options->quiet, "No progress bar");
  command->add_option("FILE", options->files, "Logs, plain or gzip; - is standard input");
  command->add_option("--from", options->from, "dynamodb: the visits of --table, in place of files")
      ->check(CLI::IsMember({"dynamodb"}));
  command->add_option("--table", options->table, table_help);
  add_twins(*command);
  command->callback([options, &outcome] { outcome.code = run(*options); });
}

}  // namespace footfall
