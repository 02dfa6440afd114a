#include "main/api_access.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "app/json.h"
#include "main/command_line.h"
#include "main/commands.h"
#include "main/engine.h"

namespace footfall {
namespace {

constexpr std::chrono::seconds patience{60};

// The problem document's detail, or the status.
Result<ClientResponse> checked(ClientResponse response) {
  if (response.status / 100 == 2) return response;
  const ErrorCode code = response.status == 503 || response.status == 429 ? ErrorCode::unavailable
                         : response.status == 404                         ? ErrorCode::not_found
                         : response.status == 401                         ? ErrorCode::unauthorized
                                                                          : ErrorCode::failed;
  const auto document = parse_json(response.body);
  if (document && document->is_object()) {
    const auto detail = text_member(document->get_object(), "detail");
    if (detail && *detail) return Error{code, std::string(**detail)};
  }
  return Error{code, "the answer was " + std::to_string(response.status)};
}

class RemoteApi : public ApiAccess {
 public:
  RemoteApi(std::unique_ptr<HttpClient> client, std::string url, std::string token)
      : client_(std::move(client)), url_(std::move(url)), token_(std::move(token)) {}

  Result<ClientResponse> call(const ClientRequest& request, const HttpClient::Take& take) override {
    ClientRequest authorized = request;
    authorized.headers.emplace_back("authorization", "Bearer " + token_);
    auto response = client_->send(authorized, patience, take);
    if (!response) return response.error();
    return checked(std::move(*response));
  }
  Result<Done> finish() override { return Done{}; }
  [[nodiscard]] std::string where() const override { return "the server at " + url_; }

 private:
  std::unique_ptr<HttpClient> client_;
  std::string url_;
  std::string token_;
};

class LocalApi : public ApiAccess {
 public:
  explicit LocalApi(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

  Result<ClientResponse> call(const ClientRequest& request, const HttpClient::Take& take) override {
    std::vector<HeaderView> headers;
    const std::string authorization = "Bearer " + engine_->admin_token();
    headers.push_back({"authorization", authorization});
    for (const auto& [name, value] : request.headers) headers.push_back({name, value});
    const std::size_t mark = request.target.find('?');
    const std::string_view target(request.target);
    Request local;
    local.method = request.method;
    local.path = target.substr(0, mark);
    local.query = mark == std::string::npos ? std::string_view{} : target.substr(mark + 1);
    local.headers = headers;
    local.body = request.body;
    local.route = engine_->handler().admit(local).route;
    Response response = engine_->handler().handle(local);
    if (response.after) {
      const auto durable = engine_->services().journal.wait_until_durable(*response.after, patience);
      if (!durable) return durable.error();
    }
    footfall::finish(response);
    ClientResponse answer{response.status, {}};
    if (auto* text = std::get_if<std::string>(&response.body)) {
      answer.body = std::move(*text);
    } else if (auto* kept = std::get_if<KeptBytes>(&response.body)) {
      answer.body = kept->part;
    } else if (auto* source = std::get_if<std::unique_ptr<BodySource>>(&response.body)) {
      if (auto drained = drain(**source, take, answer.body); !drained) return drained.error();
    }
    return checked(std::move(answer));
  }

  Result<Done> finish() override { return engine_->close(); }
  [[nodiscard]] std::string where() const override { return "the data folder " + engine_->data().string(); }

 private:
  static Result<Done> drain(BodySource& source, const HttpClient::Take& take, std::string& into) {
    while (true) {
      auto piece = source.next();
      if (!piece) return piece.error();
      if (piece->empty()) return Done{};
      if (take) {
        if (auto taken = take(*piece); !taken) return taken;
      } else {
        into += *piece;
      }
    }
  }

  std::unique_ptr<Engine> engine_;
};

std::string first_line_of(const std::string& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

Result<std::unique_ptr<ApiAccess>> remote(const std::string& url, const std::string& token, ServerProof proof) {
  if (token.empty())
    return Error{ErrorCode::unauthorized, "the server at " + url + " needs a token: give it by --token"};
  auto client = HttpClient::make(url, proof);
  if (!client) return client.error();
  return std::unique_ptr<ApiAccess>(std::make_unique<RemoteApi>(std::move(*client), url, token));
}

}  // namespace

std::string endpoint_file(const std::string& data) { return data + "/endpoint"; }

Result<std::unique_ptr<ApiAccess>> ApiAccess::open(const ApiOptions& options) {
  const auto kept_token = [&] {
    if (!options.token.empty()) return options.token;
    const char* const given = std::getenv("FOOTFALL_ADMIN_TOKEN");  // NOLINT(concurrency-mt-unsafe): nothing sets it
    if (given != nullptr) return std::string(given);
    return first_line_of(options.data + "/admin-token");
  };
  if (!options.server.empty()) return remote(options.server, kept_token(), ServerProof::certificate);
  EngineSettings settings;
  settings.data = options.data;
  settings.lets_go = false;  // a command does what it is told: `prune --dry-run` prunes nothing
  auto engine = Engine::open(settings, nullptr, [](std::string_view line) {
    std::fprintf(stderr, "footfall: %.*s\n", static_cast<int>(line.size()), line.data());
  });
  if (engine) return std::unique_ptr<ApiAccess>(std::make_unique<LocalApi>(std::move(*engine)));
  if (engine.error().code != ErrorCode::in_use) return engine.error();
  const std::string url = first_line_of(endpoint_file(options.data));
  if (url.empty()) return engine.error();
  return remote(url, kept_token(), ServerProof::none);
}

int run_with_api(const ApiOptions& options, const std::function<int(ApiAccess&)>& work) {
  const auto api = ApiAccess::open(options);
  if (!api) return tell_error(api.error());
  if (const int code = work(**api); code != exit_done) return code;
  const auto finished = (*api)->finish();
  return finished ? exit_done : tell_error(finished.error());
}

}  // namespace footfall
