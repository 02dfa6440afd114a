#include "adapters/aws/sigv4.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace footfall::aws {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

std::string hex_digest(std::string_view text, const Crypto& crypto) { return to_hex(crypto.sha256(text)); }

// "20150830T123600Z", whose first eight characters are the day.
std::string moment_of(Instant now) {
  std::string text = to_rfc3339(now);  // 2015-08-30T12:36:00.000Z
  text.resize(19);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text + "Z";
}

// Runs of spaces are one, and none stand at the ends.
std::string canonical_value(std::string_view value) {
  std::string text;
  for (const char c : trim(value)) {
    if (c == ' ' && !text.empty() && text.back() == ' ') continue;
    text.push_back(c);
  }
  return text;
}

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string_view, std::string_view>> pairs;
  for_each_parameter(query, [&](std::string_view name, std::string_view value) { pairs.emplace_back(name, value); });
  std::sort(pairs.begin(), pairs.end());
  std::string text;
  for (const auto& [name, value] : pairs) {
    if (!text.empty()) text.push_back('&');
    text.append(name).append("=").append(value);
  }
  return text;
}

}  // namespace

void sign(Headers& headers, std::string_view method, std::string_view target, std::string_view body,
          const Credentials& credentials, const SigningScope& scope, Instant now, const Crypto& crypto) {
  const std::string moment = moment_of(now);
  headers.emplace_back("X-Amz-Date", moment);
  if (!credentials.session_token.empty()) headers.emplace_back("X-Amz-Security-Token", credentials.session_token);

  std::vector<std::pair<std::string, std::string>> canonical;
  canonical.reserve(headers.size());
  for (const auto& [name, value] : headers) canonical.emplace_back(to_lower(name), canonical_value(value));
  std::sort(canonical.begin(), canonical.end());
  std::string names;
  std::string lines;
  for (const auto& [name, value] : canonical) {
    if (!names.empty()) names.push_back(';');
    names.append(name);
    lines.append(name).append(":").append(value).append("\n");
  }
  const std::size_t question = target.find('?');
  const std::string_view query = question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
  std::string request(method);
  request.append("\n").append(target.substr(0, question)).append("\n").append(canonical_query(query)).append("\n");
  request.append(lines).append("\n").append(names).append("\n").append(hex_digest(body, crypto));

  const std::string day = moment.substr(0, 8);
  const std::string where = day + "/" + scope.region + "/" + scope.service + "/aws4_request";
  std::string text(algorithm);
  text.append("\n").append(moment).append("\n").append(where).append("\n").append(hex_digest(request, crypto));
  std::array<std::byte, 32> key = crypto.hmac_sha256("AWS4" + credentials.secret, day);
  for (const std::string_view part :
       {std::string_view(scope.region), std::string_view(scope.service), std::string_view("aws4_request")}) {
    key = crypto.hmac_sha256(text_of(key), part);
  }
  const std::string signature = to_hex(crypto.hmac_sha256(text_of(key), text));
  headers.emplace_back("Authorization", std::string(algorithm) + " Credential=" + credentials.key_id + "/" + where +
                                            ", SignedHeaders=" + names + ", Signature=" + signature);
}

}  // namespace footfall::aws
