#include "app/cloud/functions.h"

#include "app/api/problem.h"
#include "app/cloud/function_event.h"
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
  return queue_answer(batch.failed);
}

}  // namespace footfall
