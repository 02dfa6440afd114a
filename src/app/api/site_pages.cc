#include "app/api/site_pages.h"

#include <string>
#include <utility>
#include <vector>

#include "app/api/byte_ranges.h"
#include "app/api/conditional.h"
#include "app/api/content_coding.h"
#include "app/api/media_type.h"
#include "app/api/problem.h"
#include "base/siphash.h"
#include "base/text.h"
#include "domain/limits.h"

namespace footfall {
namespace {

bool reads(Method method) { return method == Method::get || method == Method::head; }

// A page is asked about every time: it says which assets belong to it, and a new one must be seen at once.
std::string_view caching_of(std::string_view path, std::string_view type) {
  if (type.starts_with("text/html") || type.find("json") != std::string_view::npos) {
    return "public, max-age=0, must-revalidate";
  }
  if (is_named_by_content(path)) return "public, max-age=31536000, immutable";
  return "public, max-age=60, must-revalidate";
}

// The form of a place that this client gets.
struct Chosen {
  const SiteFile& file;
  std::string_view coding;  // "": none
};
Chosen choose(const SitePlace& place, const Request& request) {
  switch (choose_coding(request, place.gzip.has_value(), place.brotli.has_value())) {
    case Coding::brotli:
      return {*place.brotli, "br"};
    case Coding::gzip:
      return {*place.gzip, "gzip"};
    case Coding::plain:
      break;
  }
  return {place.plain, ""};
}

void add(Response& response, std::string_view name, std::string_view value) {
  response.headers.push_back({name, std::string(value)});
}

// What every answer about a place has, whichever of its forms it is about (RFC 9110 §15.4.5).
void describe(Response& response, const SitePlace& place, std::string_view caching) {
  response.headers.reserve(12);  // and some of whoever wraps this
  add(response, "cache-control", caching);
  add(response, "x-content-type-options", "nosniff");
  if (place.brotli || place.gzip) add(response, "vary", "Accept-Encoding");
}

void add_content_headers(Response& response, const Chosen& chosen) {
  add(response, "content-type", chosen.file.type);
  if (!chosen.coding.empty()) add(response, "content-encoding", chosen.coding);
}

Response not_satisfiable(std::uint64_t size) {
  Response response = problem(416, {ErrorCode::invalid, "the file has none of the bytes that Range asks for"});
  response.headers.push_back({"content-range", "bytes */" + std::to_string(size)});
  return response;
}

void send_parts(Response& response, const Chosen& chosen, std::vector<ByteRange> ranges) {
  const SiteFile& file = chosen.file;
  response.status = 206;
  if (ranges.size() == 1) {
    add_content_headers(response, chosen);
    response.headers.push_back({"content-range", content_range(ranges.front(), file.bytes)});
    response.body = body_of(file, {{"", ranges.front()}});
    return;
  }
  const std::string boundary = "part-" + std::to_string(siphash({}, file.etag));
  response.headers.push_back({"content-type", "multipart/byteranges; boundary=" + boundary});
  if (!chosen.coding.empty()) add(response, "content-encoding", chosen.coding);
  std::vector<FilePart> parts;
  parts.reserve(ranges.size());
  for (const ByteRange& range : ranges) {
    parts.push_back({(parts.empty() ? "--" : "\r\n--") + boundary + "\r\ncontent-type: " + file.type +
                         "\r\ncontent-range: " + content_range(range, file.bytes) + "\r\n\r\n",
                     range});
  }
  response.body = body_of(file, std::move(parts), "\r\n--" + boundary + "--\r\n");
}

void send_whole(Response& response, const Chosen& chosen) {
  add_content_headers(response, chosen);
  response.body = body_of(chosen.file, {{"", {0, chosen.file.bytes}}});
}

Response answer_with(const SitePlace& place, const Request& request) {
  const Chosen chosen = choose(place, request);
  const SiteFile& file = chosen.file;
  const Validators validators{file.etag, file.modified, file.date_is_exact};
  const Precondition precondition = check_preconditions(request, validators);
  if (precondition == Precondition::failed) {
    return problem(412, {ErrorCode::invalid, "the file is not, or no longer, the one that the request is about"});
  }
  Response response;
  describe(response, place, caching_of(request.path, file.type));
  add(response, "etag", file.etag);
  if (precondition == Precondition::not_modified) {
    response.status = 304;
    return response;
  }
  add(response, "last-modified", file.last_modified);
  add(response, "accept-ranges", "bytes");
  // Only a GET has ranges (RFC 9110 §14.2).
  if (request.method == Method::get && request.has_header("range") && may_send_part(request, validators)) {
    RangesAsked asked = parse_ranges(request.header("range"), file.bytes);
    if (asked.kind == RangesAsked::Kind::none) return not_satisfiable(file.bytes);
    if (asked.kind == RangesAsked::Kind::parts) {
      send_parts(response, chosen, std::move(asked.parts));
      return response;
    }
  }
  send_whole(response, chosen);
  return response;
}

// Never 304 and never in parts: the page that was asked for is not there.
Response answer_that_nothing_is_there(SiteFiles& files, const Request& request) {
  Response response;
  const auto page = files.find("/404.html");
  if (page && *page && !(**page).folder) {
    describe(response, **page, "no-store");
    send_whole(response, choose(**page, request));
  } else {
    response = text_response(404, "Not found\n");
    add(response, "cache-control", "no-store");
    add(response, "x-content-type-options", "nosniff");
  }
  response.status = 404;
  return response;
}

// A page's relative links are meant from inside its folder.
Response send_into_folder(const Request& request) {
  Response response;
  response.status = 308;
  std::string location = std::string(request.path) + "/";
  if (!request.query.empty()) (location += '?') += request.query;
  response.headers.push_back({"location", std::move(location)});
  add(response, "cache-control", "public, max-age=0, must-revalidate");
  return response;
}

}  // namespace

Response site_page(SiteFiles& files, const Request& request) {
  if (!reads(request.method)) {
    Response response = problem(405, {ErrorCode::unsupported, "the site's files can only be read"});
    response.headers.push_back({"allow", "GET, HEAD"});
    return response;
  }
  const auto place = files.find(request.path);
  if (!place) return problem(place.error());
  if (*place == nullptr) return answer_that_nothing_is_there(files, request);
  if ((**place).folder) return send_into_folder(request);
  return answer_with(**place, request);
}

Admission admit_site_page(SiteFiles& files, const Request& request) {
  Admission admission;
  admission.body_bytes_max = collect_body_bytes_max;  // of no use, but the answer is 405 and not 413
  admission.may_block = reads(request.method) && !files.at_hand(request.path);
  admission.is_quick = true;
  return admission;
}

}  // namespace footfall
