#include "app/api/counter_call.h"

#include "app/api/hit_form.h"
#include "app/api/parameters.h"
#include "app/api/problem.h"
#include "base/text.h"
#include "domain/limits.h"
#include "domain/visitor.h"

namespace footfall {
Result<std::string> counter_key(std::string_view encoded) {
  auto key = percent_decode(encoded);
  if (!key) return Error{ErrorCode::invalid, key.error().what, "key"};
  if (const auto checked = check_counter_key(*key); !checked) return checked.error();
  return key;
}

Result<Done> check_counter_key(std::string_view key) {
  if (!is_utf8(key) || key.find_first_of(std::string_view("\0\r\n\t", 4)) != std::string::npos) {
    return Error{ErrorCode::invalid, "the key is not UTF-8 text of one line", "key"};
  }
  if (key.empty()) return Error{ErrorCode::invalid, "the key is empty", "key"};
  if (key.size() > counter_key_bytes_max) return Error{ErrorCode::invalid, "the key is over 2,000 bytes", "key"};
  return Done{};
}

Result<CounterName> counter_of(const Call& call, const Registry& registry, std::optional<Role> role) {
  auto site = site_of(call, registry, role);
  if (!site) return site.error();
  auto key = counter_key(call.key);
  if (!key) return key.error();
  return CounterName{std::move(*site), std::move(*key)};
}

Response counter_answer(const json::object& body, std::optional<Position> includes) {
  Response response = json_response(200, json::serialize(body));
  allow_any_origin(response);
  response.after = includes;
  return response;
}

Response counter_refusal(const Error& error) {
  Response response = error.code == ErrorCode::too_large ? problem(409, error) : problem(error);
  allow_any_origin(response);
  return response;
}

bool asks_the_store(std::string_view query) {
  bool asks = false;
  for_each_parameter(query, [&](std::string_view name, std::string_view) {
    asks = asks || name == "unique" || name == "from" || name == "to";
  });
  return asks;
}

Result<std::uint64_t> counter_amount(const Call& call, bool trusted) {
  if (call.request.body.empty()) return std::uint64_t{1};
  const auto body = parse_json(call.request.body);
  if (!body) return Error{ErrorCode::invalid, body.error().what, "body"};
  if (!body->is_object()) return Error{ErrorCode::invalid, "the body must be a JSON object", "body"};
  const json::value* by = body->get_object().if_contains("by");
  if (by == nullptr) return std::uint64_t{1};
  boost::system::error_code problem;
  const auto number = by->to_number<std::uint64_t>(problem);
  if (problem || number == 0 || number > counter_value_max) {
    return Error{ErrorCode::invalid, "'by' must be a whole number from 1 to 2^53 - 1", "by"};
  }
  if (number != 1 && !trusted) {
    return Error{ErrorCode::forbidden, "to count more than one at a time takes an ingest token of the site", "by"};
  }
  return number;
}

std::string counter_token(const Call& call) {
  if (call.request.body.empty()) return {};
  const auto body = parse_json(call.request.body);
  if (!body || !body->is_object()) return {};
  const auto token = text_member(body->get_object(), "tk");
  return token && *token ? std::string(**token) : std::string();
}

std::uint64_t who_counts(OncePer once_per, std::string_view site, std::string_view session, const Request& request,
                         Salts& salts, Instant now) {
  if (once_per == OncePer::request) return 0;
  if (once_per == OncePer::session && !session.empty()) {
    return given_visitor_hash({salts.lasting().high, salts.lasting().low}, site, session);
  }
  return visitor_hash(salts.of(day_of(now)), site, request.peer,
                      cut_utf8(request.header("user-agent"), user_agent_bytes_max));
}

}  // namespace footfall
