#include "app/cloud/function_loop.h"

#include "app/json.h"

namespace footfall {
namespace {

constexpr const char* invocations = "/2018-06-01/runtime/invocation/";
// The runtime API keeps a request waiting while the function is frozen, for hours.
constexpr std::chrono::hours patience{24 * 365};
constexpr std::chrono::seconds answer_patience{30};

}  // namespace

Result<Done> FunctionLoop::tell(const std::string& target, std::string body, bool is_error) {
  ExchangeRequest request{Method::post, target, {{"Content-Type", "application/json"}}, std::move(body)};
  if (is_error) request.headers.emplace_back("Lambda-Runtime-Function-Error-Type", "Footfall.Error");
  // A second answer to the same event is refused, and the first one holds.
  request.repeatable = true;
  const auto told = api_.exchange(request, answer_patience);
  if (!told) return told.error();
  // Too large, or too late: the event has failed, the function has not.
  if (told->status != 202) log_("the runtime API answered " + std::to_string(told->status) + ": " + told->body);
  return Done{};
}

Result<Done> FunctionLoop::turn() {
  ExchangeRequest ask{Method::get, std::string(invocations) + "next", {}, ""};
  const auto event = api_.exchange(ask, patience);
  if (!event) return event.error();
  if (event->status != 200) {
    return Error{ErrorCode::failed, "the runtime API has no event, and answered " + std::to_string(event->status)};
  }
  Invocation invocation;
  invocation.id = event->header("lambda-runtime-aws-request-id");
  if (invocation.id.empty()) return Error{ErrorCode::failed, "the runtime API gave an event without an id"};
  const auto deadline = parse_unsigned(event->header("lambda-runtime-deadline-ms"));
  invocation.deadline = instant_of(static_cast<std::int64_t>(deadline.value_or(0)));
  invocation.trace_id = event->header("lambda-runtime-trace-id");
  auto function = prepare_(invocation);
  auto answer = function ? (*function)->handle(event->body) : Result<std::string>(function.error());
  const std::string target = invocations + invocation.id;
  if (answer) return tell(target + "/response", std::move(*answer), false);
  const Error& error = answer.error();
  log_("event " + invocation.id + ": " + std::string(name_of(error.code)) + ": " + error.what);
  return tell(target + "/error",
              json::serialize(json::object{{"errorMessage", error.what}, {"errorType", name_of(error.code)}}), true);
}

}  // namespace footfall
