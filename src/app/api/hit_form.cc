#include "app/api/hit_form.h"

#include <array>
#include <charconv>

#include "app/api/problem.h"
#include "base/text.h"
#include "domain/limits.h"

namespace footfall {
namespace {

// A plain JSON value as text; nothing for what is nested or blank.
std::optional<std::string> text_of_value(const json::value& value) {
  switch (value.kind()) {
    case json::kind::string: {
      const std::string_view text = value.get_string();
      if (trim(text).empty()) return std::nullopt;
      return std::string(text);
    }
    case json::kind::double_: {
      // As people write it ("19.99"); the JSON library would say 1.999E1.
      std::array<char, 32> digits{};
      const auto [end, problem] = std::to_chars(digits.data(), digits.data() + digits.size(), value.get_double());
      return std::string(digits.data(), end);
    }
    case json::kind::bool_:
    case json::kind::int64:
    case json::kind::uint64:
      return json::serialize(value);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string_view HitForm::tidy(std::string_view text, std::size_t bytes_max) {
  std::string kept;
  const std::string_view tidied = tidy_utf8(text, bytes_max, kept);
  return kept.empty() ? tidied : keep(std::move(kept));
}

std::string_view HitForm::keep(std::string text) { return kept_.emplace_front(std::move(text)); }

void HitForm::take_request(const Request& request, Instant now) {
  hit.time = now;
  hit.ip = request.peer;
  bool from_a_page = false;
  for (const HeaderView& header : request.headers) {
    if (equals_ignoring_case(header.name, "user-agent")) {
      hit.user_agent = tidy(header.value, user_agent_bytes_max);
    } else if (equals_ignoring_case(header.name, "origin") || equals_ignoring_case(header.name, "referer") ||
               equals_ignoring_case(header.name, "sec-fetch-site")) {
      from_a_page = true;
    }
  }
  hit.mark = from_a_page ? Mark::none : Mark::no_origin;
}

Result<Done> HitForm::take_url(std::string_view url, Fragment fragment) {
  const auto parts = split_url(url);
  if (!parts) return parts.error();
  return take_parts(*parts, fragment);
}

Result<Done> HitForm::take_path(std::string_view path) {
  const auto parts = split_target(path);
  if (!parts) return parts.error();
  return take_parts(*parts, Fragment::drop);
}

Result<Done> HitForm::take_parts(const UrlParts& parts, Fragment fragment) {
  std::string_view path = parts.path;
  if (fragment == Fragment::is_path && !parts.fragment.empty()) {
    path = keep(std::string(path) + "#" + std::string(parts.fragment));
  }
  if (path.size() > path_bytes_max) {
    return Error{ErrorCode::too_large, "the path is longer than " + std::to_string(path_bytes_max) + " bytes", "url"};
  }
  hit.path = tidy(path, path_bytes_max);
  std::string_view query = parts.query;
  if (query.find("ff=1") != std::string_view::npos) query = keep(without_marker(query));
  hit.query = tidy(query, query_bytes_max);
  return Done{};
}

Result<Done> HitForm::take_props(const json::object& props) {
  json::object kept;
  for (const auto& [key, value] : props) {
    if (kept.size() == props_count_max) break;
    const auto text = text_of_value(value);
    if (!text || key.empty() || key.size() > prop_key_bytes_max) continue;
    kept[tidy(key, prop_key_bytes_max)] = tidy(keep(*text), prop_value_bytes_max);
  }
  if (kept.empty()) return Done{};
  std::string text = json::serialize(kept);
  if (text.size() > props_bytes_max) {
    return Error{ErrorCode::too_large, "all props together are over " + std::to_string(props_bytes_max) + " bytes",
                 "props"};
  }
  hit.props = keep(std::move(text));
  return Done{};
}

void allow_any_origin(Response& response) { response.headers.push_back({"access-control-allow-origin", "*"}); }

Response preflight_response() {
  Response response;
  response.status = 204;
  allow_any_origin(response);
  response.headers.push_back({"access-control-allow-methods", "GET, POST, OPTIONS"});
  response.headers.push_back(
      {"access-control-allow-headers", "content-type, idempotency-key, x-debug-request, x-footfall-token"});
  response.headers.push_back({"access-control-max-age", "86400"});
  return response;
}

Response dropped_response(std::string_view reason, std::size_t count) {
  Response response = text_response(202, "ok");
  response.headers.push_back({"x-footfall-dropped", std::string(reason)});
  response.headers.push_back({"x-plausible-dropped", std::to_string(count)});
  allow_any_origin(response);
  return response;
}

}  // namespace footfall
