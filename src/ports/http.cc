#include "ports/http.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace footfall {
namespace {

constexpr std::array<std::string_view, 7> method_names{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

}  // namespace

std::string_view name_of(Method method) { return method_names.at(static_cast<std::size_t>(method)); }

std::optional<Method> method_named(std::string_view name) {
  for (std::size_t i = 0; i < method_names.size(); ++i) {
    if (method_names[i] == name) return static_cast<Method>(i);
  }
  return std::nullopt;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 203:
      return "Non-Authoritative Information";
    case 204:
      return "No Content";
    case 205:
      return "Reset Content";
    case 206:
      return "Partial Content";
    case 207:
      return "Multi-Status";
    case 300:
      return "Multiple Choices";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 407:
      return "Proxy Authentication Required";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 423:
      return "Locked";
    case 424:
      return "Failed Dependency";
    case 425:
      return "Too Early";
    case 426:
      return "Upgrade Required";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 451:
      return "Unavailable For Legal Reasons";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    case 508:
      return "Loop Detected";
    default:
      return "";
  }
}

bool belongs_to_connection(std::string_view name) {
  switch (name.size()) {
    case 2:
      return equals_ignoring_case(name, "te");
    case 5:
      return equals_ignoring_case(name, "proxy");
    case 7:
      return equals_ignoring_case(name, "trailer") || equals_ignoring_case(name, "upgrade");
    case 10:
      if (equals_ignoring_case(name, "connection") || equals_ignoring_case(name, "keep-alive")) return true;
      break;
    case 14:
      if (equals_ignoring_case(name, "http2-settings")) return true;
      break;
    case 17:
      if (equals_ignoring_case(name, "transfer-encoding")) return true;
      break;
    default:
      break;
  }
  constexpr std::string_view proxy = "proxy-";
  return name.size() > proxy.size() && equals_ignoring_case(name.substr(0, proxy.size()), proxy);
}

bool list_has(std::string_view list, std::string_view entry) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (equals_ignoring_case(trim(list.substr(0, comma)), entry)) return true;
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
  return false;
}

std::string_view Request::header(std::string_view name) const {
  for (const HeaderView& header : headers) {
    if (equals_ignoring_case(header.name, name)) return header.value;
  }
  return {};
}

bool Request::has_header(std::string_view name) const {
  for (const HeaderView& header : headers) {
    if (equals_ignoring_case(header.name, name)) return true;
  }
  return false;
}

void finish(std::vector<Response*>& responses) {
  auto rest = std::partition(responses.begin(), responses.end(),
                             [](const Response* response) { return response->finisher == nullptr; });
  while (rest != responses.end()) {
    Finisher* const finisher = (*rest)->finisher;
    const auto end = std::stable_partition(rest, responses.end(),
                                           [&](const Response* response) { return response->finisher == finisher; });
    finisher->finish(std::span(rest, end));
    for (; rest != end; ++rest) (*rest)->finisher = nullptr;
  }
}

std::optional<std::uint64_t> body_bytes(const Response& response) {
  if (const auto* text = std::get_if<std::string>(&response.body)) return text->size();
  if (const auto* kept = std::get_if<KeptBytes>(&response.body)) return kept->part.size();
  if (const auto* source = std::get_if<std::unique_ptr<BodySource>>(&response.body)) {
    return *source == nullptr ? std::nullopt : (*source)->bytes();
  }
  return std::nullopt;
}

}  // namespace footfall
