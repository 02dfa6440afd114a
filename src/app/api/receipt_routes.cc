// The keys that receipts are signed with, and whether a receipt is good.

#include "app/api/hit_form.h"
#include "app/api/problem.h"
#include "app/api/services.h"
#include "app/json.h"
#include "domain/limits.h"

namespace footfall {
namespace {

class ReceiptRoutes {
 public:
  explicit ReceiptRoutes(const Services& services) : services_(services) {}

  Response keys(const Call&) const {
    Response response = text_response(200, json::serialize(keys_json(services_.receipts.keys())), "application/json");
    // Keys are added and stay: an older list is not wrong, and a new key is seen soon.
    response.headers.push_back({"cache-control", "public, max-age=300"});
    allow_any_origin(response);
    return response;
  }

  Response verify(const Call& call) const {
    const auto body = parse_json(call.request.body);
    if (!body || !body->is_object()) {
      return with_origin(problem({ErrorCode::invalid, "the body must be a JSON object with a receipt", "body"}));
    }
    const auto receipt = text_member(body->get_object(), "receipt");
    if (!receipt || !*receipt) {
      return with_origin(problem({ErrorCode::invalid, "'receipt' must be a receipt", "receipt"}));
    }
    const auto verified = services_.receipts.verify(**receipt);
    json::object answer{{"valid", bool(verified)}};
    if (verified) {
      for (const auto& [name, value] : verified_json(*verified)) answer[name] = value;
    } else {
      answer["reason"] = verified.error().what;
    }
    return with_origin(json_response(200, json::serialize(answer)));
  }

  Response rotate(const Call&) const {
    if (const auto done = services_.receipts.rotate(); !done) return problem(done.error());
    return json_response(200, json::serialize(keys_json(services_.receipts.keys())));
  }

 private:
  static Response with_origin(Response response) {
    allow_any_origin(response);
    return response;
  }

  Services services_;
};

}  // namespace

void add_receipt_routes(Router& router, const Services& services) {
  const ReceiptRoutes routes(services);
  router.add({Method::get, "/api/receipts/key", Access::anyone, 0, false,
              [routes](const Call& call) { return routes.keys(call); }});
  router.add({Method::post, "/api/receipts/verify", Access::anyone, collect_body_bytes_max, false,
              [routes](const Call& call) { return routes.verify(call); }, true});
  router.add({Method::options, "/api/receipts/verify", Access::anyone, 0, false,
              [](const Call&) { return preflight_response(); }});
  router.add({Method::post, "/api/receipts/rotate", Access::admin, 0, true,
              [routes](const Call& call) { return routes.rotate(call); }});
}

}  // namespace footfall
