#include "app/api/site_pages.h"

#include <array>

#include "app/api/problem.h"
#include "base/siphash.h"
#include "base/text.h"

namespace footfall {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 26> media_types{{
    {"html", "text/html; charset=utf-8"},
    {"htm", "text/html; charset=utf-8"},
    {"css", "text/css; charset=utf-8"},
    {"js", "text/javascript; charset=utf-8"},
    {"mjs", "text/javascript; charset=utf-8"},
    {"json", "application/json"},
    {"map", "application/json"},
    {"webmanifest", "application/manifest+json"},
    {"svg", "image/svg+xml"},
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"gif", "image/gif"},
    {"webp", "image/webp"},
    {"avif", "image/avif"},
    {"ico", "image/x-icon"},
    {"woff2", "font/woff2"},
    {"woff", "font/woff"},
    {"txt", "text/plain; charset=utf-8"},
    {"md", "text/markdown; charset=utf-8"},
    {"xml", "application/xml"},
    {"pdf", "application/pdf"},
    {"mp4", "video/mp4"},
    {"webm", "video/webm"},
    {"wasm", "application/wasm"},
    {"zip", "application/zip"},
}};

// What the charts page may load and do: its own files, nothing inline, in nobody's frame.
constexpr std::string_view dashboard_policy =
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'";

bool has_it_already(const Request& request, std::string_view etag) {
  const std::string_view given = request.header("if-none-match");
  return !given.empty() && (given == "*" || given.find(etag) != std::string_view::npos);
}

Response file_response(const Request& request, int status, std::string bytes, std::string_view type,
                       std::string_view etag, std::string_view caching) {
  Response response;
  response.status = status;
  response.headers.push_back({"etag", std::string(etag)});
  response.headers.push_back({"cache-control", std::string(caching)});
  response.headers.push_back({"x-content-type-options", "nosniff"});
  if (status == 200 && has_it_already(request, etag)) {
    response.status = 304;
    return response;
  }
  response.headers.push_back({"content-type", std::string(type)});
  response.body = std::move(bytes);
  return response;
}

Response asset_response(const Request& request, const Asset& asset) {
  const std::string etag = "\"" + std::to_string(siphash({}, asset.bytes)) + "\"";
  // Vite names these by their content: they never change.
  const bool named_by_content = asset.path.find("/assets/") != std::string_view::npos;
  Response response =
      file_response(request, 200, std::string(asset.bytes), media_type(asset.path), etag,
                    named_by_content ? "public, max-age=31536000, immutable" : "public, max-age=0, must-revalidate");
  if (asset.path.starts_with("dashboard")) {
    response.headers.push_back({"content-security-policy", std::string(dashboard_policy)});
    response.headers.push_back({"referrer-policy", "no-referrer"});
    response.headers.push_back({"x-frame-options", "DENY"});
  } else if (asset.path.starts_with("js/")) {
    // Sites elsewhere load the script from here.
    response.headers.push_back({"access-control-allow-origin", "*"});
    response.headers.push_back({"cross-origin-resource-policy", "cross-origin"});
  }
  return response;
}

}  // namespace

std::string_view media_type(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  const std::string ending = dot == std::string_view::npos ? std::string() : to_lower(name.substr(dot + 1));
  for (const auto& [known, type] : media_types) {
    if (known == ending) return type;
  }
  return "application/octet-stream";
}

Response site_page(SiteFiles& files, const Request& request) {
  if (request.method != Method::get && request.method != Method::head) {
    Response response = problem(405, {ErrorCode::unsupported, "the site's files can only be read"});
    response.headers.push_back({"allow", "GET, HEAD"});
    return response;
  }
  constexpr std::string_view page_caching = "public, max-age=0, must-revalidate";
  auto file = files.find(request.path);
  if (!file) return problem(file.error());
  if (*file) return file_response(request, 200, std::move((**file).bytes), (**file).type, (**file).etag, page_caching);
  auto missing = files.find("/404.html");
  if (missing && *missing) {
    return file_response(request, 404, std::move((**missing).bytes), (**missing).type, (**missing).etag, "no-store");
  }
  return text_response(404, "Not found\n");
}

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
