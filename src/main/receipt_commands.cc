// footfall receipt: is a receipt good, which keys sign, and a new one.

#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>

#include "adapters/openssl_crypto/openssl_crypto.h"
#include "app/json.h"
#include "app/receipt_keys.h"
#include "main/api_access.h"
#include "main/command_line.h"
#include "main/commands.h"

namespace footfall {
namespace {

constexpr std::chrono::seconds server_patience{30};
constexpr const char* keys_route = "/api/receipts/key";

struct ReceiptOptions {
  ApiOptions api;
  std::string receipt;
  std::string key_file;
};

Result<std::string> read_file(const std::string& name) {
  std::ifstream file(name);
  std::stringstream text;
  text << file.rdbuf();
  if (!file || text.str().empty()) return Error{ErrorCode::not_found, "cannot read " + name};
  return text.str();
}

// The public keys as text: a file's, a server's (anybody may ask), or the data folder's.
Result<std::string> published_keys(const ReceiptOptions& options) {
  if (!options.key_file.empty()) return read_file(options.key_file);
  const ClientRequest request{Method::get, keys_route, {}, {}};
  if (!options.api.server.empty()) {
    auto client = HttpClient::make(options.api.server);
    if (!client) return client.error();
    auto response = (*client)->send(request, server_patience);
    if (!response) return response.error();
    if (response->status != 200) {
      return Error{ErrorCode::failed, "the answer was " + std::to_string(response->status)};
    }
    return response->body;
  }
  auto api = ApiAccess::open(options.api);
  if (!api) return api.error();
  auto response = (*api)->call(request);
  if (!response) return response.error();
  if (auto finished = (*api)->finish(); !finished) return finished.error();
  return response->body;
}

int verify(const ReceiptOptions& options) {
  const OpensslCrypto crypto;
  const auto text = published_keys(options);
  if (!text) return tell_error(text.error());
  const auto keys = read_public_keys(*text, crypto);
  if (!keys) return tell_error(keys.error());
  const auto verified = verify_receipt(options.receipt, *keys, crypto);
  if (!verified) return tell_error(verified.error());
  std::printf("%s\n", json::serialize(verified_json(*verified)).c_str());
  return exit_done;
}

int show_keys(const ReceiptOptions& options) {
  const auto text = published_keys(options);
  if (!text) return tell_error(text.error());
  std::printf("%s\n", text->c_str());
  return exit_done;
}

int rotate(const ReceiptOptions& options) {
  auto api = ApiAccess::open(options.api);
  if (!api) return tell_error(api.error());
  const auto response = (*api)->call({Method::post, "/api/receipts/rotate", {}, {}});
  if (!response) return tell_error(response.error());
  if (auto finished = (*api)->finish(); !finished) return tell_error(finished.error());
  std::printf("%s\n", response->body.c_str());
  return exit_done;
}

using Options = std::shared_ptr<ReceiptOptions>;

CLI::App* add(CLI::App& parent, Outcome& outcome, const char* name, const char* help, const Options& options,
              int (*run)(const ReceiptOptions&)) {
  CLI::App* command = parent.add_subcommand(name, help);
  add_api_options(*command, options->api);
  command->callback([options, run, &outcome] { outcome.code = run(*options); });
  return command;
}

}  // namespace

void add_receipt_commands(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<ReceiptOptions>();
  CLI::App* receipt = app.add_subcommand("receipt", "Receipts: what proves a visitor number")->require_subcommand(1);
  CLI::App* check = add(*receipt, outcome, "verify", "Show what a receipt states, if it is good", options, verify);
  check->add_option("RECEIPT", options->receipt, "ff1.…")->required();
  check->add_option("--key", options->key_file,
                    "A file with what /api/receipts/key answers, or one public key: no server is asked");
  check->footer("Exit code 1: the receipt is not good. The format is docs/receipts.md.");
  add_twins(*check);
  add_twins(*add(*receipt, outcome, "keys", "Show the public keys", options, show_keys));
  add_twins(
      *add(*receipt, outcome, "rotate", "Sign with a new key from now on; the old ones stay known", options, rotate));
}

}  // namespace footfall
