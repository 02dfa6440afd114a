#include "app/json.h"

#include "domain/limits.h"

namespace footfall {
namespace {

Error wrong_type(std::string_view name, const char* wanted) {
  return {ErrorCode::invalid, "'" + std::string(name) + "' must be " + wanted, std::string(name)};
}

}  // namespace

Result<json::value> parse_json(std::string_view text, json::storage_ptr storage) {
  json::parse_options options;
  options.max_depth = json_depth_max;
  boost::system::error_code problem;
  json::value value = json::parse(text, problem, std::move(storage), options);
  if (problem) return Error{ErrorCode::invalid, "the body is not JSON: " + problem.message()};
  return value;
}

Result<std::optional<std::string_view>> text_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return std::optional<std::string_view>{};
  if (!value->is_string()) return wrong_type(name, "text");
  return std::optional<std::string_view>(value->get_string());
}

Result<std::optional<double>> number_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return std::optional<double>{};
  boost::system::error_code problem;
  const auto number = value->to_number<double>(problem);
  if (problem) return wrong_type(name, "a number");
  return std::optional<double>(number);
}

Result<std::optional<bool>> bool_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return std::optional<bool>{};
  if (!value->is_bool()) return wrong_type(name, "true or false");
  return std::optional<bool>(value->get_bool());
}

}  // namespace footfall
