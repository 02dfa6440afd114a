// Busuanzi: POST /api counts the page that `x-bsz-referer` names and answers its numbers and the site's; GET only
// answers.
//
// The visit is taken before the store is asked for visitors; where it cannot say them, the views are answered alone.
// Its script sends back, as Authorization, what an earlier server called the visitor. That is nobody's token here.

#include "app/api/dialects/dialect.h"
#include "app/api/embeds.h"
#include "app/api/guarded.h"
#include "app/api/hit_form.h"
#include "app/api/problem.h"
#include "app/json.h"
#include "domain/limits.h"
#include "domain/page.h"

namespace footfall {
namespace {

constexpr std::string_view dialect = "busuanzi";

Response answer(int status, const json::object& body) {
  Response response = json_response(status, json::serialize(body));
  allow_embedding(response);
  return response;
}

Response refusal(int status, std::string_view what) { return answer(status, {{"success", false}, {"message", what}}); }

class BusuanziRoute {
 public:
  enum class Mode : std::uint8_t { counts, reads };
  BusuanziRoute(const Services& services, Mode mode) : services_(services), mode_(mode) {}

  Response operator()(const Call& call) const {
    const std::string_view url = call.request.header("x-bsz-referer");
    if (url.size() > url_bytes_max + site_bytes_max) return refusal(400, "x-bsz-referer is too long");
    const auto page = split_url(url);
    if (!page || page->host.empty()) return refusal(400, "x-bsz-referer is not the URL of a page");
    const auto site = site_of_page(services_.registry, dialect, page->host);
    if (!site) return refusal(404, "the page is of no site that speaks this dialect");
    HitForm form;
    form.take_request(call.request, services_.clock.now());
    form.hit.site = *site;
    form.hit.source = Source::script;
    if (const auto taken = form.take_url(url); !taken) return refusal(400, taken.error().what);
    const auto dropped = mode_ == Mode::counts ? hit_dropped(services_, call, form.hit) : std::nullopt;
    if (mode_ == Mode::counts && !dropped) {
      if (const auto recorded = services_.collector.record(form.hit); !recorded) return embed_problem(recorded.error());
    }
    Response response = numbers(*site, std::string(form.hit.path));
    if (dropped) response.headers.push_back({"x-footfall-dropped", std::string(name_of(*dropped))});
    return response;
  }

 private:
  [[nodiscard]] Response numbers(const std::string& site, const std::string& path) const {
    // The page is read first: what it includes is older than what the site's total does.
    auto of_page = stored_number(services_, site, path);
    auto of_site = of_page ? stored_number(services_, site, std::string(total_key)) : of_page;
    const bool tells_visitors = of_page && of_site;
    if (!tells_visitors) {
      of_page = shown_number(services_, site, path);
      of_site = shown_number(services_, site, total_key);
    }
    json::object data{{"site_pv", of_site->value}};
    if (tells_visitors) data["site_uv"] = of_site->visitors;
    data["page_pv"] = of_page->value;
    if (tells_visitors) data["page_uv"] = of_page->visitors;
    Response response = answer(200, {{"success", true}, {"message", "ok"}, {"data", std::move(data)}});
    response.after = of_site->includes;
    return response;
  }

  Services services_;
  Mode mode_;
};

Response preflight(const Call&) {
  Response response;
  response.status = 204;
  allow_any_origin(response);
  response.headers.push_back({"access-control-allow-methods", "GET, POST, OPTIONS"});
  response.headers.push_back({"access-control-allow-headers", "x-bsz-referer, authorization, content-type"});
  response.headers.push_back({"access-control-max-age", "86400"});
  return response;
}

}  // namespace

void add_busuanzi_routes(Router& router, const Services& services) {
  const auto is_there = while_spoken(services.registry, dialect);
  using Mode = BusuanziRoute::Mode;
  router.add({Method::post, "/api", Access::anyone, collect_body_bytes_max, true, BusuanziRoute(services, Mode::counts),
              true, is_there, true});
  router.add(
      {Method::get, "/api", Access::anyone, 0, true, BusuanziRoute(services, Mode::reads), false, is_there, true});
  router.add({Method::options, "/api", Access::anyone, 0, false, preflight, false, is_there, true});
}

}  // namespace footfall
