#include "app/api/router.h"

#include <algorithm>

#include "app/api/problem.h"
#include "domain/limits.h"

namespace footfall {
namespace {

// What `find` says instead of a route's index.
constexpr std::size_t no_route = SIZE_MAX;            // not Footfall's: the site answers
constexpr std::size_t no_such_route = SIZE_MAX - 1;   // under /api/, but not there
constexpr std::size_t no_such_method = SIZE_MAX - 2;  // there, but not with this method

constexpr std::string_view key_mark = "{key}";

bool is_there(const Route& route) { return !route.is_there || route.is_there(); }

bool answers(const Route& route, Method method) {
  return route.method == method || (method == Method::head && route.method == Method::get && !route.records);
}

}  // namespace

std::string_view name_of(Access access) {
  switch (access) {
    case Access::anyone:
      return "anyone";
    case Access::ingest:
      return "ingest";
    case Access::read:
      return "read";
    case Access::admin:
      return "admin";
  }
  return "";
}

Router::Router(const Callers& callers, std::string prefix, std::function<Response(const Request&)> rest)
    : callers_(callers), prefix_(std::move(prefix)), rest_(std::move(rest)) {}

void Router::add(Route route) {
  const std::size_t mark = route.pattern.find(key_mark);
  const bool has_key = mark != std::string_view::npos;
  patterns_.push_back({route.pattern.substr(0, mark),
                       has_key ? route.pattern.substr(mark + key_mark.size()) : std::string_view{}, has_key});
  routes_.push_back(std::move(route));
}

std::optional<std::string_view> Router::Pattern::match(std::string_view path) const {
  if (!has_key) return path == head ? std::optional(std::string_view{}) : std::nullopt;
  if (path.size() <= head.size() + tail.size() || !path.starts_with(head) || !path.ends_with(tail)) return std::nullopt;
  return path.substr(head.size(), path.size() - head.size() - tail.size());
}

std::string_view Router::without_prefix(std::string_view path) const {
  if (!path.starts_with(prefix_)) return {};
  return path.substr(prefix_.size());
}

Router::Found Router::find(Method method, std::string_view full_path) const {
  const std::string_view path = without_prefix(full_path);
  if (path.empty()) return {no_route, {}};
  bool other_method = false;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    const auto key = patterns_[i].match(path);
    if (!key || !is_there(routes_[i])) continue;
    if (answers(routes_[i], method)) return {i, *key};
    other_method = true;
  }
  if (other_method) return {no_such_method, {}};
  return {path.starts_with("/api/") ? no_such_route : no_route, {}};
}

// As an Allow header lists them (RFC 9110 §10.2.1).
std::string Router::methods_of(std::string_view full_path) const {
  const std::string_view path = without_prefix(full_path);
  std::string methods;
  for (const Method method :
       {Method::get, Method::head, Method::post, Method::put, Method::patch, Method::del, Method::options}) {
    for (std::size_t i = 0; i < routes_.size(); ++i) {
      if (!answers(routes_[i], method) || !patterns_[i].match(path) || !is_there(routes_[i])) continue;
      methods += (methods.empty() ? "" : ", ") + std::string(name_of(method));
      break;
    }
  }
  return methods;
}

Admission Router::admit(const Request& request) {
  const Found found = find(request.method, request.path);
  if (found.route == no_route && admit_rest_) {
    Admission admission = admit_rest_(request);
    admission.route = no_route;
    return admission;
  }
  if (found.route >= routes_.size()) return {api_body_bytes_max, found.route == no_route, found.route};
  const Route& route = routes_[found.route];
  const bool may_block = route.may_block || (route.may_block_with && route.may_block_with(request));
  return {route.body_bytes_max, may_block, found.route};
}

Response Router::handle(const Request& request) {
  if (request.route == no_route) return rest_(request);
  if (request.route == no_such_route) {
    return problem({ErrorCode::not_found, "there is no such route; the routes are listed in /api/openapi.json"});
  }
  if (request.route == no_such_method) {
    Response response =
        problem(405, {ErrorCode::unsupported, "this route does not take " + std::string(name_of(request.method))});
    response.headers.push_back({"allow", methods_of(request.path)});
    return response;
  }
  const Route& route = routes_[request.route];
  const auto key = patterns_[request.route].match(without_prefix(request.path));
  if (route.access == Access::anyone) {
    // Who sends a token means to be known by it: a wrong one is an error even where none is needed.
    const bool says_who = !route.ignores_authorization && request.has_header("authorization");
    const auto caller = says_who ? callers_.identify(request) : Result<Caller>(Caller{});
    if (!caller) return problem(caller.error());
    if (route.records && allow_recording_ && !caller->token && !allow_recording_(request.peer)) {
      return problem(429, {ErrorCode::unavailable, "too many requests from this address"});
    }
    return route.handle({request, *caller, *key, &allow_recording_});
  }
  const auto caller = callers_.identify(request);
  if (!caller) return problem(caller.error());
  const Role needed = route.access == Access::ingest ? Role::ingest
                      : route.access == Access::read ? Role::read
                                                     : Role::admin;
  if (!caller->may(needed)) {
    if (!caller->token) {
      return problem({ErrorCode::unauthorized, "a token is needed: send it as `Authorization: Bearer TOKEN`"});
    }
    return problem({ErrorCode::forbidden, "this token's role does not open this route"});
  }
  return route.handle({request, *caller, *key});
}

}  // namespace footfall
