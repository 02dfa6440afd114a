// What the owner's tools need beside the numbers: logging in, who am I, sites and tokens.

#include <algorithm>

#include "app/api/parameters.h"
#include "app/api/problem.h"
#include "app/api/router.h"
#include "app/api/services.h"
#include "app/json.h"
#include "app/site_json.h"
#include "domain/limits.h"
#include "domain/page.h"

namespace footfall {
namespace {

constexpr std::chrono::seconds login_age{std::chrono::hours(12)};

std::string login_cookie(std::string_view value, bool secure, std::chrono::seconds age) {
  return std::string(Callers::cookie_name) + "=" + std::string(value) +
         "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(age.count()) + (secure ? "; Secure" : "");
}

Response done_with_cookie(std::string cookie) {
  Response response;
  response.status = 204;
  response.headers.push_back({"set-cookie", std::move(cookie)});
  response.headers.push_back({"cache-control", "no-store"});
  return response;
}

json::object to_json(const Token& token) {
  return {{"id", token.id},
          {"role", name_of(token.role)},
          {"sites", json::array(token.sites.begin(), token.sites.end())},
          {"label", token.label},
          {"made", to_rfc3339(token.made)}};
}

Result<json::object> read_object(const Request& request) {
  auto body = parse_json(request.body);
  if (!body) return Error{ErrorCode::invalid, body.error().what, "body"};
  if (!body->is_object()) return Error{ErrorCode::invalid, "the body must be a JSON object", "body"};
  return std::move(body->get_object());
}

class OwnerRoutes {
 public:
  explicit OwnerRoutes(const VisitServices& services) : services_(services) {}

  Response log_in(const Call& call) const {
    const auto body = read_object(call.request);
    if (!body) return problem(body.error());
    const auto token = text_member(*body, "token");
    if (!token) return problem(token.error());
    const auto cookie = services_.callers.log_in(token->value_or(""), call.request.peer);
    if (!cookie) {
      return cookie.error().code == ErrorCode::unavailable ? problem(429, cookie.error()) : problem(cookie.error());
    }
    return done_with_cookie(login_cookie(*cookie, call.request.secure, login_age));
  }

  Response log_out(const Call& call) const {
    services_.callers.log_out(call.request);
    return done_with_cookie(login_cookie("", call.request.secure, std::chrono::seconds(0)));
  }

  Response me(const Call& call) const {
    json::array sites;
    const std::shared_ptr<const Registered> registered = services_.registry.now();
    for (const auto& [name, site] : registered->sites) {
      if (call.caller.token->opens(name)) sites.emplace_back(name);
    }
    return json_response(
        200, json::serialize(json::object{{"role", name_of(call.caller.token->role)}, {"sites", std::move(sites)}}));
  }

  Response sites(const Call&) const {
    json::array sites;
    const std::shared_ptr<const Registered> registered = services_.registry.now();
    for (const auto& [name, site] : registered->sites) sites.push_back(to_json(site));
    return json_response(200, json::serialize(json::object{{"sites", std::move(sites)}}));
  }

  Response put_site(const Call& call) const {
    const auto body = read_object(call.request);
    if (!body) return problem(body.error());
    const auto name = text_member(*body, "site");
    if (!name) return problem(name.error());
    auto parsed = parse_site(name->value_or(""));
    if (!parsed) return problem(parsed.error());
    Site site;
    if (const auto known = services_.registry.site(*parsed)) site = *known;
    site.name = std::move(*parsed);
    if (const auto taken = take_settings(*body, site); !taken) return problem(taken.error());
    if (const auto put = services_.registry.put_site(site); !put) return problem(put.error());
    return json_response(201, json::serialize(to_json(site)));
  }

  Response remove_site(const Call& call) const {
    if (const auto removed = services_.registry.remove_site(call.key); !removed) return problem(removed.error());
    return no_content();
  }

  Response tokens(const Call&) const {
    json::array tokens;
    const std::shared_ptr<const Registered> registered = services_.registry.now();
    for (const auto& [digest, token] : registered->tokens) tokens.push_back(to_json(token));
    return json_response(200, json::serialize(json::object{{"tokens", std::move(tokens)}}));
  }

  Response make_token(const Call& call) const {
    const auto body = read_object(call.request);
    if (!body) return problem(body.error());
    const auto role_name = text_member(*body, "role");
    if (!role_name) return problem(role_name.error());
    const auto role = role_named(role_name->value_or(""));
    if (!role) return problem({ErrorCode::invalid, "'role' must be ingest, read or admin", "role"});
    const auto label = text_member(*body, "label");
    if (!label) return problem(label.error());
    std::vector<std::string> sites;
    if (const json::value* list = body->if_contains("sites"); list != nullptr && !list->is_null()) {
      if (!list->is_array()) return problem({ErrorCode::invalid, "'sites' must be an array", "sites"});
      for (const json::value& site : list->get_array()) {
        if (!site.is_string()) return problem({ErrorCode::invalid, "'sites' must hold texts", "sites"});
        sites.emplace_back(site.get_string());
      }
    }
    const auto made = services_.registry.make_token(*role, std::move(sites), std::string(label->value_or("")));
    if (!made) return problem(made.error());
    json::object answer = to_json(made->token);
    answer["token"] = made->text;  // this once
    return json_response(201, json::serialize(answer));
  }

  Response remove_token(const Call& call) const {
    if (const auto removed = services_.registry.remove_token(call.key); !removed) return problem(removed.error());
    return no_content();
  }

 private:
  static Response no_content() {
    Response response;
    response.status = 204;
    return response;
  }

  VisitServices services_;
};

}  // namespace

void add_owner_routes(Router& router, const VisitServices& services) {
  const OwnerRoutes routes(services);
  using Handler = Response (OwnerRoutes::*)(const Call&) const;
  const auto add = [&](Method method, std::string_view pattern, Access access, Handler handler) {
    const bool has_body = method == Method::post;
    router.add({method, pattern, access, has_body ? collect_body_bytes_max : 0, true,
                [routes, handler, access](const Call& call) {
                  // Sites and tokens are everyone's: an admin of some sites could otherwise make itself one of all.
                  if (access == Access::admin && !call.caller.token->sites.empty()) {
                    return problem({ErrorCode::forbidden, "this takes an admin token of every site"});
                  }
                  return (routes.*handler)(call);
                }});
  };
  add(Method::post, "/api/login", Access::anyone, &OwnerRoutes::log_in);
  add(Method::post, "/api/logout", Access::anyone, &OwnerRoutes::log_out);
  add(Method::get, "/api/me", Access::read, &OwnerRoutes::me);
  add(Method::get, "/api/sites", Access::admin, &OwnerRoutes::sites);
  add(Method::post, "/api/sites", Access::admin, &OwnerRoutes::put_site);
  add(Method::del, "/api/sites/{key}", Access::admin, &OwnerRoutes::remove_site);
  add(Method::get, "/api/tokens", Access::admin, &OwnerRoutes::tokens);
  add(Method::post, "/api/tokens", Access::admin, &OwnerRoutes::make_token);
  add(Method::del, "/api/tokens/{key}", Access::admin, &OwnerRoutes::remove_token);
}

}  // namespace footfall
