#include "adapters/aws/credentials.h"

#include <boost/json.hpp>
#include <fstream>

#include "base/text.h"
#include "domain/address.h"
#include "domain/page.h"

namespace footfall::aws {
namespace {

namespace json = boost::json;

// Replaced so long before they end, as AWS's own tools do.
constexpr std::chrono::minutes ends_soon{5};
constexpr std::chrono::milliseconds endpoint_patience{2'000};
constexpr std::size_t token_file_bytes_max = 16'384;
constexpr const char* container_host = "http://169.254.170.2";
constexpr const char* instance_host = "http://169.254.169.254";
constexpr const char* instance_role = "/latest/meta-data/iam/security-credentials/";

Error unavailable(const std::string& what) { return {ErrorCode::unavailable, "credentials: " + what}; }

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

Result<std::string> ask(HttpExchange& server, ExchangeRequest request) {
  request.repeatable = true;
  auto response = server.exchange(request, endpoint_patience);
  if (!response) return unavailable(response.error().what);
  if (response->status != 200) return unavailable("the endpoint answered " + std::to_string(response->status));
  return std::move(response->body);
}

// The token goes there: only to this machine, unless nobody can listen.
bool may_be_told(std::string_view url) {
  if (url.starts_with("https://")) return true;
  const auto parts = split_url(url);
  if (!parts) return false;
  if (parts->host == "localhost") return true;
  std::string_view host = parts->host;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto address = Address::parse(host);
  // The addresses of the agents of ECS and EKS.
  return address &&
         (address->is_loopback() || host == "169.254.170.2" || host == "169.254.170.23" || host == "fd00:ec2::23");
}

}  // namespace

Result<Credentials> CredentialSource::get() {
  if (kept_ && (!kept_->ends || *kept_->ends - ends_soon > clock_.now())) return kept_->credentials;
  auto found = find();
  // Those that still hold for a moment are better than none.
  if (!found && kept_ && kept_->ends && *kept_->ends > clock_.now()) return kept_->credentials;
  if (!found) return found.error();
  kept_ = std::move(*found);
  return kept_->credentials;
}

Result<CredentialSource::Kept> CredentialSource::find() {
  const std::string key_id = environment_("AWS_ACCESS_KEY_ID");
  const std::string secret = environment_("AWS_SECRET_ACCESS_KEY");
  if (!key_id.empty() && !secret.empty()) {
    return Kept{{key_id, secret, environment_("AWS_SESSION_TOKEN")}, std::nullopt};
  }
  if (const std::string target = environment_("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); !target.empty()) {
    return from_container(container_host, target);
  }
  if (const std::string url = environment_("AWS_CONTAINER_CREDENTIALS_FULL_URI"); !url.empty()) {
    if (!may_be_told(url)) {
      return Error{ErrorCode::unauthorized,
                   "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither HTTPS nor an address of this machine"};
    }
    const std::size_t path = url.find('/', url.find("://") + 3);
    return from_container(url.substr(0, path), path == std::string::npos ? "/" : url.substr(path));
  }
  if (equals_ignoring_case(environment_("AWS_EC2_METADATA_DISABLED"), "true")) {
    return Error{ErrorCode::unauthorized,
                 "there are no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"};
  }
  return from_instance();
}

Result<std::string> CredentialSource::container_token() const {
  const std::string file = environment_("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  if (file.empty()) return environment_("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  std::ifstream in(file, std::ios::binary);
  std::string token(token_file_bytes_max, '\0');
  in.read(token.data(), static_cast<std::streamsize>(token.size()));
  if (!in.eof()) return unavailable("the token in AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE cannot be read");
  token.resize(static_cast<std::size_t>(in.gcount()));
  return std::string(trim(token.substr(0, token.find_first_of("\r\n"))));
}

Result<CredentialSource::Kept> CredentialSource::from_container(const std::string& url, const std::string& target) {
  auto server = open_(url);
  if (!server) return server.error();
  ExchangeRequest request;
  request.target = target;
  auto token = container_token();
  if (!token) return token.error();
  if (!token->empty()) request.headers.emplace_back("Authorization", std::move(*token));
  return ask(**server, std::move(request)).and_then(&CredentialSource::read);
}

Result<CredentialSource::Kept> CredentialSource::from_instance() {
  auto server = open_(instance_host);
  if (!server) return server.error();
  ExchangeRequest session{Method::put, "/latest/api/token", {{"X-aws-ec2-metadata-token-ttl-seconds", "300"}}, ""};
  auto token = ask(**server, std::move(session));
  if (!token) {
    return Error{ErrorCode::unauthorized, "there are no AWS credentials in the environment, and " + token.error().what};
  }
  const Headers known{{"X-aws-ec2-metadata-token", *token}};
  auto roles = ask(**server, {Method::get, instance_role, known, ""});
  if (!roles) return roles.error();
  const std::string role(trim(roles->substr(0, roles->find('\n'))));
  if (role.empty()) return Error{ErrorCode::unauthorized, "this instance has no role"};
  return ask(**server, {Method::get, instance_role + role, known, ""}).and_then(&CredentialSource::read);
}

Result<CredentialSource::Kept> CredentialSource::read(std::string text) {
  boost::system::error_code problem;
  const json::value value = json::parse(text, problem);
  if (problem || !value.is_object()) return unavailable("the endpoint answered no JSON");
  const json::object& object = value.get_object();
  Kept kept{{text_of(object, "AccessKeyId"), text_of(object, "SecretAccessKey"), text_of(object, "Token")}, {}};
  const auto ends = parse_time(text_of(object, "Expiration"));
  if (kept.credentials.key_id.empty() || kept.credentials.secret.empty() || !ends) {
    return unavailable("the endpoint's answer holds no credentials");
  }
  kept.ends = *ends;
  return kept;
}

}  // namespace footfall::aws
