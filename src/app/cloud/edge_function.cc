#include "app/cloud/edge_function.h"

#include <algorithm>
#include <array>

#include "app/api/problem.h"
#include "app/cloud/event_fields.h"
#include "app/edge/edge.h"
#include "app/edge/edge_proof.h"
#include "app/edge/guard.h"
#include "app/edge/page_session.h"
#include "app/site_hosts.h"
#include "base/text.h"
#include "domain/limits.h"
#include "domain/page.h"

namespace footfall {
namespace {

constexpr std::string_view www = "www.";

// Keys that were given, and which nobody can change here.
class GivenFile final : public KeptFile {
 public:
  explicit GivenFile(std::string text) : text_(std::move(text)) {}
  Result<std::optional<std::string>> read() override { return std::optional(text_); }
  Result<Done> replace(std::string_view /*text*/) override {
    return Error{ErrorCode::unsupported, "the keys are the edge's store's"};
  }
  std::uint64_t revision() override { return 1; }

 private:
  std::string text_;
};

Error wrong(std::string_view name, const char* what) {
  return {ErrorCode::invalid, "the edge's settings: '" + std::string(name) + "' " + what, std::string(name)};
}

// What Footfall answers itself; all else are files of the site.
bool is_api_path(std::string_view path) {
  return path.starts_with("/api/") || path.starts_with("/counter/") || path == "/pixel.gif";
}

// What strangers may ask for without a token. The rest is refused here; the origin looks at tokens itself.
bool is_open(Method method, std::string_view path) {
  if (!path.starts_with("/api/")) return true;
  if (path == "/api/visits") return method == Method::post || method == Method::options;
  constexpr std::array<std::string_view, 4> whole{"/api/event", "/api/login", "/api/logout", "/api/openapi.json"};
  constexpr std::array<std::string_view, 3> above{"/api/count/", "/api/counters/", "/api/receipts/"};
  return std::find(whole.begin(), whole.end(), path) != whole.end() ||
         std::any_of(above.begin(), above.end(),
                     [&](std::string_view folder) { return path.size() > folder.size() && path.starts_with(folder); });
}

// A bucket knows names and no folders.
std::string file_of(std::string_view path) {
  const std::string_view last = path.substr(path.rfind('/') + 1);
  std::string file(path);
  if (last.empty()) return file + "index.html";
  return last.find('.') == std::string_view::npos ? file + ".html" : file;
}

// As the origin says it: policy is no error, so that no client tries again.
Response dropped(DropReason reason) {
  Response response = text_response(202, "ok");
  response.headers.push_back({"cache-control", "no-store"});
  response.headers.push_back({"x-footfall-dropped", std::string(name_of(reason))});
  return response;
}

bool has_cookie(const Request& request, std::string_view name) {
  return std::any_of(request.headers.begin(), request.headers.end(), [&](const HeaderView& header) {
    return equals_ignoring_case(header.name, "cookie") &&
           find_cookie(header.value, name, [](std::string_view) { return true; });
  });
}

// The origin knows its sites by name alone, and a page of this distribution may be reached by another.
void name_site(EdgeEvent& event, const Request& request, const Site& site, std::string_view name) {
  const std::string_view url = request.header(name);
  if (url.empty() || !is_own_page(url, site, request)) return;
  const std::size_t host = url.find("://") + 3;
  const std::size_t end = std::min(url.find_first_of("/?#", host), url.size());
  event.set_header(name, "https://" + site.name + std::string(url.substr(end)));
}

}  // namespace

Result<std::unique_ptr<EdgeFunction>> EdgeFunction::open(std::string_view settings, const Crypto& crypto,
                                                         const Clock& clock) {
  auto function = std::unique_ptr<EdgeFunction>(new EdgeFunction(crypto, clock));
  if (trim(settings).empty()) return function;
  const auto value = parse_json(settings);
  if (!value || !value->is_object()) return Error{ErrorCode::invalid, "the edge's settings are no JSON object"};
  if (auto done = function->read_settings(value->get_object()); !done) return done.error();
  return function;
}

Result<Done> EdgeFunction::read_settings(const json::object& settings) {
  auto site = parse_site(text_at(settings, "site"));
  if (!site) return wrong("site", "is no host name");
  site_.name = std::move(*site);
  const auto session = session_mode_named(text_at(settings, "session"));
  if (!session) return wrong("session", "must be redirect, response or off");
  site_.session = *session;
  const auto protect = protect_named(text_at(settings, "protect"));
  if (!protect) return wrong("protect", "must be off or origin");
  site_.protect = *protect;
  for (const auto& [name, value] :
       {std::pair{"session_idle_seconds", &site_.rules.idle}, std::pair{"session_max_seconds", &site_.rules.max}}) {
    const json::value* seconds = settings.if_contains(name);
    if (seconds == nullptr || !seconds->is_int64() || seconds->get_int64() < 1 || seconds->get_int64() > 9'999'999) {
      return wrong(name, "must be a number of seconds");
    }
    *value = std::chrono::seconds(seconds->get_int64());
  }
  for (const auto& [name, value] :
       {std::pair{"secure", &secure_}, std::pair{"require_session", &require_session_},
        std::pair{"honour_dnt", &site_.honour_dnt}, std::pair{"honour_gpc", &site_.honour_gpc}}) {
    const json::value* one = settings.if_contains(name);
    if (one == nullptr) continue;
    if (!one->is_bool()) return wrong(name, "must be true or false");
    *value = one->get_bool();
  }
  if (const json::array* hosts = array_at(settings, "hosts")) {
    for (const json::value& host : *hosts) {
      auto named = host.is_string() ? parse_site(host.get_string()) : wrong("hosts", "holds what is no host name");
      if (!named) return wrong("hosts", "holds what is no host name");
      site_.hosts.push_back(std::move(*named));
    }
  }
  // With or without "www." it is the same site, whichever of the two it is registered as.
  if (site_.name.starts_with(www)) site_.hosts.push_back(site_.name.substr(www.size()));
  const json::array* keys = array_at(settings, "keys");
  if (keys == nullptr) return wrong("keys", "are missing");
  keys_file_ = std::make_unique<GivenFile>(json::serialize(json::object{{"version", 1}, {"keys", *keys}}));
  auto opened = SessionKeys::open(*keys_file_, crypto_, clock_);
  if (!opened) return wrong("keys", "cannot be read");
  keys_ = std::move(*opened);
  cookies_ = std::make_unique<SessionCookies>(*keys_, crypto_);
  return Done{};
}

Result<std::string> EdgeFunction::handle(std::string_view event) {
  if (event.size() > function_event_bytes_max) return Error{ErrorCode::too_large, "the event is too large"};
  const auto value = parse_json(event);
  if (!value || !value->is_object()) return Error{ErrorCode::invalid, "the event is no JSON object"};
  const auto read = EdgeEvent::read(value->get_object());
  if (!read) return read.error();
  Request request = (*read)->request();
  // Nothing but HTTPS reaches CloudFront as it is deployed; on a laptop the settings say otherwise.
  request.secure = secure_;
  if ((*read)->is_response()) return page_response(**read, request);
  return is_api_path(request.path) ? api_request(**read, request) : page_request(**read, request);
}

std::string EdgeFunction::page_request(EdgeEvent& event, const Request& request) const {
  // In mode `response` it is the response that begins a session.
  if (keys_ && site_.session == SessionMode::redirect) {
    auto page = page_session(request, site_, *cookies_, clock_.now());
    if (page && page->answer) return event.answered(std::move(*page->answer));
  }
  event.set_path(file_of(request.path));
  return event.passed_on();
}

std::string EdgeFunction::page_response(EdgeEvent& event, const Request& request) const {
  if (!keys_ ||
      !is_recorded(name_of(request.method), request.path, event.status(), event.response_header("content-type"))) {
    return event.passed_on();
  }
  const auto page = page_session(request, site_, *cookies_, clock_.now());
  if (page && !page->set_cookie.empty()) {
    event.add_cookie(page->set_cookie);
    event.set_header("cache-control", private_caching(event.response_header("cache-control")));
  }
  return event.passed_on();
}

std::string EdgeFunction::api_request(EdgeEvent& event, const Request& request) const {
  // The origin believes these, so nobody else may say them.
  event.remove_headers("x-ff-");
  const bool speaks_for_others = !request.header("authorization").empty();
  if (!speaks_for_others && !has_cookie(request, "footfall_login") && !is_open(request.method, request.path)) {
    return event.answered(
        problem({ErrorCode::unauthorized, "a token is needed: send it as `Authorization: Bearer TOKEN`"}));
  }
  if (!keys_) {
    Response response = problem({ErrorCode::unavailable, "the edge has no keys yet"});
    for (Header& header : response.headers) {
      if (header.name == "retry-after") header.value = "60";
    }
    return event.answered(std::move(response));
  }
  const Instant now = clock_.now();
  const auto session = cookies_->read(request, site_, now);
  // By whichever of the distribution's names a page was reached, it is the site's.
  Site site = site_;
  site.hosts.push_back(host_named(request));
  if (request.method == Method::post && request.path == "/api/event" && !speaks_for_others) {
    const auto foreign = site.protect == Protect::off ? std::nullopt : foreign_page(request, site);
    if (foreign) return event.answered(dropped(*foreign));
    if (require_session_ && !session) return event.answered(dropped(DropReason::no_token));
  }
  name_site(event, request, site, "origin");
  name_site(event, request, site, "referer");
  const std::string host = host_named(request);
  const EdgeWord word{host, event.viewer_ip(), session ? std::string_view(session->id) : std::string_view{},
                      request.path};
  event.set_header("x-ff-host", word.host);
  event.set_header("x-ff-ip", word.ip);
  if (session) event.set_header("x-ff-session", word.session);
  // API Gateway hands its function the path decoded, and cut off at a decoded '?'.
  event.set_header("x-ff-path", word.path);
  event.set_header("x-ff-edge", proof_of(word, *keys_, crypto_, now));
  return event.passed_on();
}

}  // namespace footfall
