// Which handler answers which request, who may call it, and what it may cost.
//
// The one table of Footfall's own routes: docs/openapi.json is tested against it, and so is who may do what.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/api/caller.h"
#include "ports/http.h"

namespace footfall {

// Who may call a route. A token of role admin opens all, read opens `read`, ingest opens `ingest`.
enum class Access : std::uint8_t { anyone, ingest, read, admin };
std::string_view name_of(Access access);

// A request that found its route.
struct Call {
  const Request& request;
  const Caller& caller;
  std::string_view key;  // what stood for `{key}` in the pattern, still percent-encoded
  const std::function<bool(const Address&)>* allow_recording = nullptr;

  // For a route that records only sometimes: whether the limit of recording lets this caller do so now.
  [[nodiscard]] bool may_record() const {
    return caller.token || allow_recording == nullptr || !*allow_recording || (*allow_recording)(request.peer);
  }
};

struct Route {
  Method method = Method::get;
  // A path, or one with `{key}` for one or more bytes at the end or before a fixed tail. HEAD is answered by GET's
  // route, but where a GET records: who asks for the head alone has shown nobody anything.
  std::string_view pattern;
  Access access = Access::anyone;
  std::size_t body_bytes_max = 0;
  bool may_block = false;
  std::function<Response(const Call&)> handle;
  bool records = false;  // limited by address
  // The route is there only while this is true; without it, always. Where it is not, the path is the site's.
  std::function<bool()> is_there = nullptr;
  // An Authorization header is another service's and says nothing about who calls.
  bool ignores_authorization = false;
  // For a route that asks the store only sometimes: whether it may block for this request. Cheap, any thread.
  std::function<bool(const Request&)> may_block_with = nullptr;
};

// Any thread once it serves; routes are added before that.
class Router : public HttpHandler {
 public:
  // `prefix` stands before every route ("" or "/stats"); `rest` answers what is no route (the site).
  Router(const Callers& callers, std::string prefix, std::function<Response(const Request&)> rest);

  void add(Route route);
  // Asked with the caller's address before each request that records, but for callers with a token; false: 429.
  void limit_recording(std::function<bool(const Address&)> allow) { allow_recording_ = std::move(allow); }
  // What the rest costs; without this, every request to it may block.
  void admit_rest(std::function<Admission(const Request&)> admit) { admit_rest_ = std::move(admit); }
  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

  Admission admit(const Request& request) override;
  Response handle(const Request& request) override;

 private:
  // A route's pattern, taken apart once.
  struct Pattern {
    std::string_view head;
    std::string_view tail;
    bool has_key = false;
    // What stands for `{key}` when the path is of the pattern; nothing when it is not.
    [[nodiscard]] std::optional<std::string_view> match(std::string_view path) const;
  };
  struct Found {
    std::size_t route;
    std::string_view key;
  };
  // A route's index, or one of the answers below.
  [[nodiscard]] Found find(Method method, std::string_view path) const;
  [[nodiscard]] std::string methods_of(std::string_view path) const;
  [[nodiscard]] std::string_view without_prefix(std::string_view path) const;

  const Callers& callers_;
  std::string prefix_;
  std::function<Response(const Request&)> rest_;
  std::function<Admission(const Request&)> admit_rest_;
  std::function<bool(const Address&)> allow_recording_;
  std::vector<Route> routes_;
  std::vector<Pattern> patterns_;  // of the routes, in their order; the first that fits answers
};

}  // namespace footfall
