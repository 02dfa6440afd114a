#include "main/local_functions.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "adapters/openssl_crypto/openssl_crypto.h"
#include "app/cloud/edge_function.h"
#include "app/json.h"
#include "main/lambda/cloud.h"
#include "main/system_clock.h"

namespace footfall {
namespace {

// What AWS gives the functions of cloud/.
constexpr std::chrono::seconds event_time{30};

class InCloud final : public LocalFunction {
 public:
  explicit InCloud(std::unique_ptr<CloudFunction> function) : function_(std::move(function)) {}

 protected:
  Result<std::string> take(std::string_view event) override {
    const auto ready = function_->prepare({"local", SystemClock().now() + event_time, ""});
    if (!ready) return ready.error();
    return (*ready)->handle(event);
  }

 private:
  std::unique_ptr<CloudFunction> function_;
};

class GivenClock final : public Clock {
 public:
  explicit GivenClock(std::optional<Instant> given) : given_(given) {}
  [[nodiscard]] Instant now() const override { return given_ ? *given_ : SystemClock().now(); }

 private:
  const std::optional<Instant> given_;
};

class AtEdge final : public LocalFunction {
 public:
  explicit AtEdge(std::optional<Instant> now) : clock_(now) {}
  Result<Done> open(std::string_view settings) {
    auto opened = EdgeFunction::open(settings, crypto_, clock_);
    if (!opened) return Error{opened.error().code, "FOOTFALL_EDGE_SETTINGS: " + opened.error().what};
    function_ = std::move(*opened);
    return Done{};
  }

 protected:
  Result<std::string> take(std::string_view event) override { return function_->handle(event); }

 private:
  OpensslCrypto crypto_;
  GivenClock clock_;
  std::unique_ptr<EdgeFunction> function_;
};

}  // namespace

Result<std::string> read_whole(const std::string& name) {
  std::stringstream text;
  if (name == "-") {
    for (int c = std::getchar(); c != EOF; c = std::getchar()) text.put(static_cast<char>(c));
    return text.str();
  }
  std::ifstream file(name, std::ios::binary);
  text << file.rdbuf();
  if (!file) return Error{ErrorCode::not_found, "cannot read " + name};
  return text.str();
}

Result<aws::Environment> environment_of(const std::string& file) {
  std::map<std::string, std::string, std::less<>> variables;
  if (!file.empty()) {
    const auto text = read_whole(file);
    if (!text) return text.error();
    const auto value = parse_json(*text);
    if (!value || !value->is_object()) return Error{ErrorCode::invalid, file + " holds no JSON object"};
    for (const auto& [variable, one] : value->get_object()) {
      if (!one.is_string()) return Error{ErrorCode::invalid, file + ": '" + std::string(variable) + "' must be text"};
      variables.emplace(variable, one.get_string());
    }
  }
  const aws::Environment own = [](const char* variable) -> std::string {
    const char* value = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): nothing sets it
    return value == nullptr ? "" : value;
  };
  return with_variables(own, std::move(variables));
}

aws::Environment with_variables(aws::Environment environment, std::map<std::string, std::string, std::less<>> more) {
  return [environment = std::move(environment), more = std::move(more)](const char* variable) {
    const auto found = more.find(variable);
    return found == more.end() ? environment(variable) : found->second;
  };
}

void log_line(std::string_view line) { std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data()); }

Result<std::unique_ptr<LocalFunction>> LocalFunction::open(const aws::Environment& environment, std::string_view name,
                                                           std::optional<Instant> now) {
  if (std::find(function_names.begin(), function_names.end(), name) == function_names.end()) {
    return Error{ErrorCode::invalid,
                 "there is no function '" + std::string(name) + "': api, processor, compactor or edge"};
  }
  if (name == "edge") {
    auto function = std::make_unique<AtEdge>(now);
    if (auto opened = function->open(environment("FOOTFALL_EDGE_SETTINGS")); !opened) return opened.error();
    return std::unique_ptr<LocalFunction>(std::move(function));
  }
  const aws::Environment with_mode = with_variables(environment, {{"FOOTFALL_MODE", std::string(name)}});
  auto settings = read_cloud_settings(with_mode);
  if (!settings) return settings.error();
  auto opened = CloudFunction::open(*std::move(settings), with_mode, log_line);
  if (!opened) return opened.error();
  return std::unique_ptr<LocalFunction>(std::make_unique<InCloud>(std::move(*opened)));
}

}  // namespace footfall
