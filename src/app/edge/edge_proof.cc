#include "app/edge/edge_proof.h"

#include <algorithm>

#include "app/edge/session_cookies.h"
#include "base/text.h"
#include "domain/limits.h"
#include "domain/session_cookie.h"

namespace footfall {
namespace {

std::string mac_of(const EdgeWord& word, const SessionKey& key, std::string_view time, const Crypto& crypto) {
  std::string text("edge\n");
  for (const std::string_view part : {std::string_view(key.id), time, word.host, word.ip, word.session}) {
    text.append(part).append("\n");
  }
  text.append(word.path);
  const auto digest = crypto.hmac_sha256(key.secret, text);
  return to_base64url(std::span(digest).first<16>());
}

}  // namespace

std::string proof_of(const EdgeWord& word, const SessionKeys& keys, const Crypto& crypto, Instant now) {
  const SessionKeys::List all = keys.all();
  const SessionKey& key = all->back();
  const auto second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const std::string time = to_base36(static_cast<std::uint64_t>(second));
  return key.id + "." + time + "." + mac_of(word, key, time, crypto);
}

bool is_proved(const EdgeWord& word, std::string_view proof, const SessionKeys& keys, const Crypto& crypto,
               Instant now) {
  if (proof.size() > page_token_bytes_max) return false;
  const std::size_t first = proof.find('.');
  const std::size_t second = first == std::string_view::npos ? first : proof.find('.', first + 1);
  if (second == std::string_view::npos) return false;
  const std::string_view id = proof.substr(0, first);
  const std::string_view time = proof.substr(first + 1, second - first - 1);
  const auto said = from_base36(time);
  if (!said) return false;
  const auto apart = std::chrono::abs(std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(*said))) -
                                      std::chrono::floor<std::chrono::seconds>(now));
  if (apart > edge_proof_time_max) return false;
  const SessionKeys::List all = keys.all();
  const auto key = std::find_if(all->rbegin(), all->rend(), [&](const SessionKey& one) { return one.id == id; });
  if (key == all->rend() || !keys.verifies(*key)) return false;
  return equals_in_constant_time(mac_of(word, *key, time, crypto), proof.substr(second + 1));
}

std::optional<Request> BehindEdge::seen_through(const Request& request) const {
  const std::string_view proof = request.header("x-ff-edge");
  if (proof.empty()) {
    return without_proof_ == WithoutProof::as_it_came ? std::optional(request) : std::nullopt;
  }
  const EdgeWord word{request.header("x-ff-host"), request.header("x-ff-ip"), request.header("x-ff-session"),
                      request.header("x-ff-path")};
  const auto client = Address::parse(word.ip);
  if (!client || !word.path.starts_with('/') || !is_proved(word, proof, keys_, crypto_, clock_.now())) {
    return std::nullopt;
  }
  Request seen = request;
  seen.peer = *client;
  seen.forwarded_host = word.host;
  seen.path = word.path;
  return seen;
}

Admission BehindEdge::admit(const Request& request) {
  const auto seen = seen_through(request);
  return seen ? next_.admit(*seen) : Admission{api_body_bytes_max};
}

Response BehindEdge::handle(const Request& request) {
  if (const auto seen = seen_through(request)) return next_.handle(*seen);
  Response response;
  response.status = 403;
  response.headers = {{"content-type", "application/problem+json"}, {"cache-control", "no-store"}};
  response.body = std::string(R"({"type":"about:blank","title":"Forbidden","status":403,"code":"forbidden",)"
                              R"("detail":"this is asked by way of the site, whose edge says who asks"})");
  return response;
}

}  // namespace footfall
