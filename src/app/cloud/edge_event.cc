#include "app/cloud/edge_event.h"

#include <algorithm>

#include "app/cloud/event_fields.h"
#include "base/text.h"

namespace footfall {
namespace {

Error wrong(std::string_view field, const char* what) {
  return {ErrorCode::invalid, "the event's '" + std::string(field) + "' " + what, std::string(field)};
}

// "Set-Cookie" of "set-cookie": how the answers of Lambda@Edge are written.
std::string capitalised(std::string_view name) {
  std::string text(name);
  bool begins = true;
  for (char& c : text) {
    if (begins && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    begins = c == '-';
  }
  return text;
}

// One after another: a name with its values, or with its only one.
template <typename Use>
void for_each_value(const json::object& object, Use&& use) {
  for (const auto& [name, one] : object) {
    if (!one.is_object()) continue;
    const json::array* values = array_at(one.get_object(), "multiValue");
    if (values == nullptr) {
      use(name, text_at(one.get_object(), "value"));
      continue;
    }
    for (const json::value& value : *values) {
      if (value.is_object()) use(name, text_at(value.get_object(), "value"));
    }
  }
}

json::value listed(std::string_view name, std::string_view value) {
  return json::array{json::object{{"key", capitalised(name)}, {"value", value}}};
}

// "name=value; attributes" as CloudFront Functions have it.
void set_apart(json::object& cookies, std::string_view set_cookie) {
  const std::size_t end = set_cookie.find(';');
  const std::string_view pair = set_cookie.substr(0, end);
  const std::size_t equals = pair.find('=');
  if (equals == std::string_view::npos) return;
  json::object cookie{{"value", pair.substr(equals + 1)}};
  if (end != std::string_view::npos) cookie["attributes"] = trim(set_cookie.substr(end + 1));
  cookies[trim(pair.substr(0, equals))] = std::move(cookie);
}

}  // namespace

Result<std::unique_ptr<EdgeEvent>> EdgeEvent::read(const json::object& event) {
  auto read = std::unique_ptr<EdgeEvent>(new EdgeEvent());
  const auto done = event.contains("Records") ? read->read_lambda(event) : read->read_function(event);
  if (!done) return done.error();
  return read;
}

Result<Done> EdgeEvent::read_function(const json::object& event) {
  format_ = Format::cloudfront_function;
  const json::object* context = object_at(event, "context");
  if (context == nullptr) return wrong("context", "is missing: this is no event of CloudFront");
  const std::string_view type = text_at(*context, "eventType");
  if (type != "viewer-request" && type != "viewer-response") return wrong("eventType", "is none that is known here");
  is_response_ = type == "viewer-response";
  const json::object* viewer = object_at(event, "viewer");
  if (viewer != nullptr) viewer_ip_ = text_at(*viewer, "ip");
  const json::object* request = object_at(event, "request");
  if (request == nullptr) return wrong("request", "is missing");
  if (!is_response_) {
    message_ = *request;
    return read_request(*request);
  }
  const json::object* response = object_at(event, "response");
  if (response == nullptr) return wrong("response", "is missing");
  const json::value* status = response->if_contains("statusCode");
  if (status == nullptr || !status->is_int64()) return wrong("statusCode", "is no number");
  status_ = static_cast<int>(status->get_int64());
  message_ = *response;
  return read_request(*request);
}

Result<Done> EdgeEvent::read_lambda(const json::object& event) {
  format_ = Format::lambda_edge;
  const json::array* records = array_at(event, "Records");
  const json::object* record = records != nullptr && records->size() == 1 && records->front().is_object()
                                   ? &records->front().get_object()
                                   : nullptr;
  const json::object* cf = record == nullptr ? nullptr : object_at(*record, "cf");
  if (cf == nullptr) return wrong("Records", "holds no one event of CloudFront");
  const json::object* config = object_at(*cf, "config");
  const std::string_view type = config == nullptr ? std::string_view{} : text_at(*config, "eventType");
  if (type == "origin-request" || type == "origin-response") {
    return Error{ErrorCode::unsupported, "sessions and guards are the viewer's side: '" + std::string(type) + "'",
                 "eventType"};
  }
  if (type != "viewer-request" && type != "viewer-response") return wrong("eventType", "is none that is known here");
  is_response_ = type == "viewer-response";
  const json::object* request = object_at(*cf, "request");
  if (request == nullptr) return wrong("request", "is missing");
  viewer_ip_ = text_at(*request, "clientIp");
  if (!is_response_) {
    message_ = *request;
    return read_request(*request);
  }
  const json::object* response = object_at(*cf, "response");
  if (response == nullptr) return wrong("response", "is missing");
  const auto status = parse_unsigned(text_at(*response, "status"));
  if (!status || *status > 999) return wrong("status", "is no number in a text");
  status_ = static_cast<int>(*status);
  message_ = *response;
  return read_request(*request);
}

Result<Done> EdgeEvent::read_request(const json::object& request) {
  // What answers an unknown method is no page, as what answers OPTIONS is none; such a request goes no further.
  auto method = method_named(text_at(request, "method"));
  if (!method && is_response_) method = Method::options;
  if (!method) return wrong("method", "is none that is known here");
  path_ = text_at(request, "uri");
  if (!path_.starts_with('/')) return wrong("uri", "is no path");
  const auto peer = Address::parse(viewer_ip_);
  if (!peer) return wrong(format_ == Format::lambda_edge ? "clientIp" : "ip", "is no address");
  read_fields(request);
  for (const auto& [name, value] : fields_) headers_.push_back({name, value});
  request_.method = *method;
  request_.path = path_;
  if (!query_.empty()) request_.query = query_;
  request_.headers = headers_;
  request_.peer = *peer;
  return Done{};
}

void EdgeEvent::read_fields(const json::object& request) {
  const json::object* headers = object_at(request, "headers");
  if (format_ == Format::lambda_edge) {
    query_ = text_at(request, "querystring");
    if (headers == nullptr) return;
    for (const auto& [name, list] : *headers) {
      if (!list.is_array()) continue;
      for (const json::value& one : list.get_array()) {
        if (one.is_object()) fields_.emplace_back(name, text_at(one.get_object(), "value"));
      }
    }
    return;
  }
  if (headers != nullptr) {
    for (const auto& [name, one] : *headers) {
      // An empty header says nothing. Of one that came several times, CloudFront's functions are shown the first.
      const std::string_view value = one.is_object() ? text_at(one.get_object(), "value") : std::string_view{};
      if (!value.empty()) fields_.emplace_back(name, value);
    }
  }
  if (const json::object* cookies = object_at(request, "cookies")) {
    std::string line;
    for_each_value(*cookies, [&](std::string_view name, std::string_view value) {
      if (!line.empty()) line += "; ";
      line.append(name).append("=").append(value);
    });
    if (!line.empty()) fields_.emplace_back("cookie", std::move(line));
  }
  // CloudFront's functions ask for the query as it was sent by a call, which an event in a file can answer.
  if (request.contains("rawQueryString")) {
    query_ = text_at(request, "rawQueryString");
  } else if (const json::object* query = object_at(request, "querystring")) {
    for_each_value(*query, [&](std::string_view name, std::string_view value) {
      if (!query_.empty()) query_ += '&';
      query_.append(name);
      if (!value.empty()) query_.append("=").append(value);
    });
  }
}

json::object& EdgeEvent::headers() {
  json::value& headers = message_["headers"];
  return headers.is_object() ? headers.get_object() : headers.emplace_object();
}

std::string EdgeEvent::response_header(std::string_view name) const {
  const json::object* headers = is_response_ ? object_at(message_, "headers") : nullptr;
  if (headers == nullptr) return {};
  if (format_ == Format::cloudfront_function) {
    const json::object* one = object_at(*headers, name);
    return one == nullptr ? std::string() : std::string(text_at(*one, "value"));
  }
  std::string joined;
  const json::array* list = array_at(*headers, name);
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    if (!list->at(i).is_object()) continue;
    if (!joined.empty()) joined += ", ";
    joined += text_at(list->at(i).get_object(), "value");
  }
  return joined;
}

void EdgeEvent::set_path(std::string_view path) { message_["uri"] = path; }

void EdgeEvent::set_header(std::string_view name, std::string_view value) {
  if (format_ == Format::lambda_edge) {
    headers()[name] = listed(name, value);
  } else {
    headers()[name] = json::object{{"value", value}};
  }
}

void EdgeEvent::remove_headers(std::string_view prefix) {
  std::vector<std::string> names;
  for (const auto& one : headers()) {
    if (to_lower(one.key()).starts_with(prefix)) names.emplace_back(one.key());
  }
  for (const std::string& name : names) headers().erase(name);
}

void EdgeEvent::add_cookie(std::string_view set_cookie) {
  if (format_ == Format::lambda_edge) {
    json::value& list = headers()["set-cookie"];
    if (!list.is_array()) list.emplace_array();
    list.get_array().push_back(json::object{{"key", "Set-Cookie"}, {"value", set_cookie}});
    return;
  }
  json::value& cookies = message_["cookies"];
  if (!cookies.is_object()) cookies.emplace_object();
  set_apart(cookies.get_object(), set_cookie);
}

std::string EdgeEvent::passed_on() const { return json::serialize(message_); }

std::string EdgeEvent::answered(Response response) const {
  const auto* text = std::get_if<std::string>(&response.body);
  const std::string body = text == nullptr ? std::string() : *text;
  json::object headers;
  json::object cookies;
  json::object answer;
  if (format_ == Format::lambda_edge) {
    for (const Header& header : response.headers) {
      json::value& list = headers[header.name];
      if (!list.is_array()) list.emplace_array();
      list.get_array().push_back(json::object{{"key", capitalised(header.name)}, {"value", header.value}});
    }
    answer = {{"status", std::to_string(response.status)},
              {"statusDescription", reason_phrase(response.status)},
              {"headers", std::move(headers)}};
    if (!body.empty()) {
      answer["bodyEncoding"] = "text";
      answer["body"] = body;
    }
    return json::serialize(answer);
  }
  for (const Header& header : response.headers) {
    if (header.name == "set-cookie") {
      set_apart(cookies, header.value);
    } else {
      headers[header.name] = json::object{{"value", header.value}};
    }
  }
  answer = {{"statusCode", response.status},
            {"statusDescription", reason_phrase(response.status)},
            {"headers", std::move(headers)}};
  if (!cookies.empty()) answer["cookies"] = std::move(cookies);
  if (!body.empty()) answer["body"] = json::object{{"encoding", "text"}, {"data", body}};
  return json::serialize(answer);
}

}  // namespace footfall
