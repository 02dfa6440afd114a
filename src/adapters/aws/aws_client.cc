#include "adapters/aws/aws_client.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cstring>

namespace footfall::aws {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr std::array<std::string_view, 11> not_now{"ProvisionedThroughputExceededException",
                                                   "ThrottlingException",
                                                   "Throttling",
                                                   "ThrottledException",
                                                   "RequestThrottled",
                                                   "RequestThrottledException",
                                                   "RequestLimitExceeded",
                                                   "TooManyRequestsException",
                                                   "TransactionInProgressException",
                                                   "TransactionConflictException",
                                                   "LimitExceededException"};
constexpr std::array<std::string_view, 6> not_known{"ExpiredTokenException",       "ExpiredToken",
                                                    "UnrecognizedClientException", "InvalidClientTokenId",
                                                    "InvalidSignatureException",   "InvalidSecurity"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException:http://…" is the name alone.
std::string name_in(std::string_view type) {
  if (const std::size_t hash = type.rfind('#'); hash != std::string_view::npos) type.remove_prefix(hash + 1);
  return std::string(type.substr(0, type.find(':')));
}

struct Refusal {
  std::string type;
  std::string message;
};

Refusal refusal_in(const ExchangeResponse& response) {
  Refusal refusal;
  boost::system::error_code problem;
  const json::value value = json::parse(response.body, problem);
  if (!problem && value.is_object()) {
    const auto text = [&](std::string_view name) {
      const json::value* member = value.get_object().if_contains(name);
      return member != nullptr && member->is_string() ? std::string(member->get_string()) : std::string();
    };
    refusal.type = name_in(text("__type"));
    refusal.message = text("message").empty() ? text("Message") : text("message");
  }
  if (refusal.type.empty()) refusal.type = name_in(response.header("x-amzn-errortype"));
  if (refusal.type.empty()) refusal.type = "HTTP " + std::to_string(response.status);
  return refusal;
}

}  // namespace

Result<std::unique_ptr<AwsClient>> AwsClient::make(ServiceSettings settings, Surroundings surroundings) {
  if (settings.endpoint.empty()) {
    settings.endpoint = "https://" + settings.scope.service + "." + settings.scope.region + ".amazonaws.com";
  }
  while (settings.endpoint.ends_with('/')) settings.endpoint.pop_back();
  auto server = surroundings.open(settings.endpoint);
  if (!server) return server.error();
  std::string host = settings.endpoint.substr(settings.endpoint.find("://") + 3);
  // The header has no port that the scheme implies.
  const std::string implied = settings.endpoint.starts_with("https:") ? ":443" : ":80";
  if (host.ends_with(implied)) host.resize(host.size() - implied.size());
  return std::make_unique<AwsClient>(Private{}, std::move(settings), std::move(surroundings), std::move(*server),
                                     std::move(host));
}

AwsClient::Try AwsClient::judge(ExchangeResponse response) const {
  if (response.status == 200) return {Fate::answered, {"", std::move(response.body)}, {}};
  const Refusal refusal = refusal_in(response);
  const std::string what = settings_.scope.service + ": " + refusal.type +
                           (refusal.message.empty() ? std::string() : " (" + refusal.message + ")");
  if (is_one_of(not_now, refusal.type) || response.status == 429) {
    return {Fate::not_done, {}, {ErrorCode::unavailable, what}};
  }
  if (is_one_of(not_known, refusal.type)) return {Fate::refused_credentials, {}, {ErrorCode::unauthorized, what}};
  // Its own fault: nobody says whether it was done.
  if (response.status >= 500) return {Fate::unknown, {}, {ErrorCode::unknown_result, what}};
  return {Fate::answered, {refusal.type, std::move(response.body)}, {}};
}

AwsClient::Try AwsClient::try_once(std::string_view target, const std::string& body, Repeat repeat,
                                   milliseconds patience) {
  ++tries_;
  const auto credentials = surroundings_.credentials.get();
  if (!credentials) {
    const bool later = credentials.error().code == ErrorCode::unavailable;
    return {later ? Fate::not_done : Fate::refused_credentials, {}, credentials.error()};
  }
  ExchangeRequest request;
  request.method = Method::post;
  request.headers = {{"Host", host_},
                     {"Content-Type", "application/x-amz-json-" + settings_.protocol},
                     {"X-Amz-Target", std::string(target)}};
  sign(request.headers, "POST", "/", body, *credentials, settings_.scope, surroundings_.clock.now(),
       surroundings_.crypto);
  request.body = body;
  request.repeatable = repeat == Repeat::harmless;
  auto response = server_->exchange(request, patience);
  if (response) return judge(std::move(*response));
  const Error& error = response.error();
  const bool was_asked = error.code != ErrorCode::unavailable && error.code != ErrorCode::forbidden;
  return {was_asked ? Fate::unknown : Fate::not_done,
          {},
          {was_asked ? ErrorCode::unknown_result : ErrorCode::unavailable, error.what}};
}

// Anything from nothing to a bound that doubles: whoever was refused together does not come back together.
milliseconds AwsClient::jitter(unsigned turn) {
  std::array<std::byte, sizeof(std::uint64_t)> random{};
  surroundings_.crypto.random(random);
  std::uint64_t word = 0;
  std::memcpy(&word, random.data(), sizeof word);
  const auto bound = std::min(settings_.wait_max, settings_.wait_first * (1U << std::min(turn, 16U)));
  return milliseconds(word % static_cast<std::uint64_t>(bound.count() + 1));
}

Result<Done> AwsClient::wait_before(unsigned turn) {
  const milliseconds pause = jitter(turn);
  if (deadline_ && surroundings_.clock.now() + pause >= *deadline_) {
    return Error{ErrorCode::unavailable, settings_.scope.service + ": there is no time left to say it again"};
  }
  surroundings_.wait(pause);
  return Done{};
}

Result<ServiceAnswer> AwsClient::call(std::string_view target, const std::string& body, Repeat repeat,
                                      milliseconds extra) {
  const Instant own_end = surroundings_.clock.now() + settings_.whole_time + extra;
  const Instant end = deadline_ ? std::min(*deadline_, own_end) : own_end;
  Error why{ErrorCode::unavailable, settings_.scope.service + ": there is no time left to ask"};
  bool may_be_done = false;
  bool asked_for_new_credentials = false;
  for (unsigned turn = 0;; ++turn) {
    const milliseconds left = end - surroundings_.clock.now();
    if (left <= milliseconds(0)) break;
    Try tried = try_once(target, body, repeat, std::min(settings_.try_time + extra, left));
    if (tried.fate == Fate::answered) return std::move(tried.answer);
    why = std::move(tried.why);
    if (tried.fate == Fate::unknown) {
      if (repeat == Repeat::harmful) return why;
      may_be_done = true;
    }
    if (tried.fate == Fate::refused_credentials) {
      // They may have ended a moment ago; a second refusal is the last word.
      if (std::exchange(asked_for_new_credentials, true)) return why;
      surroundings_.credentials.forget();
      continue;
    }
    const milliseconds pause = jitter(turn);
    if (surroundings_.clock.now() + pause >= end) break;
    surroundings_.wait(pause);
  }
  if (may_be_done) why.code = ErrorCode::unknown_result;
  return why;
}

}  // namespace footfall::aws
