#include "app/api/asset_routes.h"

#include <string>

#include "app/api/conditional.h"
#include "app/api/media_type.h"
#include "app/api/problem.h"
#include "base/siphash.h"

namespace footfall {
namespace {

// What the charts page may load and do: its own files, nothing inline, in nobody's frame.
constexpr std::string_view dashboard_policy =
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'";

Response asset_response(const Request& request, const Asset& asset) {
  const std::string etag = "\"" + std::to_string(siphash({}, asset.bytes)) + "\"";
  // Vite names these by their content: they never change.
  const bool named_by_content = asset.path.find("/assets/") != std::string_view::npos;
  Response response;
  response.headers.push_back({"etag", etag});
  response.headers.push_back({"cache-control", named_by_content ? "public, max-age=31536000, immutable"
                                                                : "public, max-age=0, must-revalidate"});
  response.headers.push_back({"x-content-type-options", "nosniff"});
  if (asset.path.starts_with("dashboard")) {
    response.headers.push_back({"content-security-policy", std::string(dashboard_policy)});
    response.headers.push_back({"referrer-policy", "no-referrer"});
    response.headers.push_back({"x-frame-options", "DENY"});
  } else if (asset.path.starts_with("js/")) {
    // Sites elsewhere load the script from here.
    response.headers.push_back({"access-control-allow-origin", "*"});
    response.headers.push_back({"cross-origin-resource-policy", "cross-origin"});
  }
  switch (check_preconditions(request, {etag, std::nullopt, false})) {
    case Precondition::not_modified:
      response.status = 304;
      return response;
    case Precondition::failed:
      return problem(412, {ErrorCode::invalid, "this is not, or no longer, the file that the request is about"});
    case Precondition::holds:
      break;
  }
  response.headers.push_back({"content-type", std::string(media_type(asset.path))});
  response.body = std::string(asset.bytes);
  return response;
}

}  // namespace

void add_asset_routes(Router& router, std::span<const Asset> assets) {
  for (const Asset& asset : assets) {
    const auto serve = [asset](const Call& call) { return asset_response(call.request, asset); };
    if (asset.path == "js/footfall.js") {
      router.add({Method::get, "/js/footfall.js", Access::anyone, 0, false, serve});
    } else if (asset.path == "js/counter.js") {
      router.add({Method::get, "/js/counter.js", Access::anyone, 0, false, serve});
    } else if (asset.path == "openapi.json") {
      router.add({Method::get, "/api/openapi.json", Access::anyone, 0, false, serve});
    } else if (asset.path == "dashboard.html") {
      router.add({Method::get, "/dashboard", Access::anyone, 0, false, serve});
    }
  }
  // The page's relative links are written for the address without a slash.
  router.add({Method::get, "/dashboard/", Access::anyone, 0, false, [](const Call&) {
                Response response;
                response.status = 308;
                response.headers.push_back({"location", "../dashboard"});
                return response;
              }});
  router.add({Method::get, "/dashboard/{key}", Access::anyone, 0, false, [assets](const Call& call) {
                constexpr std::string_view folder = "dashboard/";
                for (const Asset& asset : assets) {
                  if (asset.path.starts_with(folder) && asset.path.substr(folder.size()) == call.key) {
                    return asset_response(call.request, asset);
                  }
                }
                return problem({ErrorCode::not_found, "the charts page has no such file"});
              }});
}

}  // namespace footfall
