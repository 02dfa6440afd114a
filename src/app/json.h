// JSON with Footfall's bounds: depth, and texts that go straight into answers.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace footfall {

namespace json = boost::json;

// Parses one JSON text (RFC 8259) of at most json_depth_max levels. Error: invalid.
Result<json::value> parse_json(std::string_view text, json::storage_ptr storage = {});

// A member of an object that may be missing or null.
//   errors  invalid  it is there, but of another type; field is the member's name
Result<std::optional<std::string_view>> text_member(const json::object& object, std::string_view name);
Result<std::optional<double>> number_member(const json::object& object, std::string_view name);
Result<std::optional<bool>> bool_member(const json::object& object, std::string_view name);

}  // namespace footfall
