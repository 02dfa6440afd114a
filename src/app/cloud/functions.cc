#include "app/cloud/functions.h"

#include <algorithm>

#include "app/api/problem.h"
#include "app/cloud/queue_processor.h"
#include "app/json.h"
#include "domain/limits.h"

namespace footfall {
namespace {

Result<json::object> object_in(std::string_view event) {
  // Base64 and JSON around 6 MB.
  if (event.size() > 2 * function_event_bytes_max) return Error{ErrorCode::too_large, "the event is too large"};
  auto value = parse_json(event);
  if (!value || !value->is_object()) return Error{ErrorCode::invalid, "the event is no JSON object"};
  return std::move(value->get_object());
}

}  // namespace

Result<std::string> ApiFunction::handle(std::string_view event) {
  const auto object = object_in(event);
  if (!object) return object.error();
  const auto asked = FunctionRequest::read(*object);
  if (!asked) return asked.error();
  Request request = (*asked)->request();
  const std::string_view body = std::exchange(request.body, {});
  const Admission admission = handler_.admit(request);
  request.route = admission.route;
  request.body = body;
  if (body.size() > admission.body_bytes_max) {
    return function_answer(
        (*asked)->format(),
        problem({ErrorCode::too_large, "the body is over " + std::to_string(admission.body_bytes_max) + " bytes"}));
  }
  // Response::after names what is safe already: what is recorded here has been sent when `handle` returns.
  Response response = handler_.handle(request);
  if (request.method == Method::head) response.body = std::string();
  return function_answer((*asked)->format(), std::move(response));
}

Result<std::string> ProcessorFunction::handle(std::string_view event) {
  const auto object = object_in(event);
  if (!object) return object.error();
  const auto messages = queue_messages(*object);
  if (!messages) return messages.error();
  const ProcessedBatch batch = process_batch(*messages, writer_, log_);
  log_("batch: " + std::to_string(messages->size()) + " messages, " + std::to_string(batch.failed.size()) +
       " to come again, " + std::to_string(batch.visits) + " visits");
  return failures_answer(batch.failed);
}

Result<std::string> CompactorFunction::handle(std::string_view event) {
  const auto object = object_in(event);
  if (!object) return object.error();
  if (is_schedule_event(*object)) {
    if (auto done = days_.sum_due(deadline_); !done) return done.error();
    return std::string("{}");
  }
  const auto late = late_days(*object);
  if (!late) return late.error();
  // A day that many visits were late for is marked many times: it is done once, at its first place.
  std::vector<SiteDay> days;
  std::vector<std::string> first;
  for (const LateDay& one : *late) {
    if (std::find(days.begin(), days.end(), one.day) != days.end()) continue;
    days.push_back(one.day);
    first.push_back(one.sequence_number);
  }
  if (days.empty()) return failures_answer({});
  const auto summed = days_.sum_days(days, deadline_);
  if (summed.done >= days.size()) return failures_answer({});
  // A stream goes on at the first that failed, whatever else is named.
  const SiteDay& failed = days[summed.done];
  log_("day " + to_date(failed.day) + " of " + failed.site + ": " +
       (summed.error ? std::string(name_of(summed.error->code)) + ": " + summed.error->what : "no time was left"));
  return failures_answer({first[summed.done]});
}

}  // namespace footfall
