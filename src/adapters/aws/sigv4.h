// Signature Version 4, by which AWS knows who asks.
//
// Pure but for the digest. Headers are signed as given: a request must carry exactly those, and the ones that this
// adds.
//   source  AWS General Reference, "Create a signed AWS API request"; its published test vectors are in sigv4_test.cc
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "ports/crypto.h"

namespace footfall::aws {

struct Credentials {
  std::string key_id;
  std::string secret;
  std::string session_token;  // of temporary ones; empty: none
};

struct SigningScope {
  std::string region;   // "eu-central-1"
  std::string service;  // "dynamodb"
};

using Headers = std::vector<std::pair<std::string, std::string>>;

// Adds `X-Amz-Date`, `X-Amz-Security-Token` (for temporary credentials) and `Authorization` to the headers, which must
// hold `Host`. Names are of any case, and none comes twice.
//   target  path and query as they are sent: the path plain, the query already encoded
void sign(Headers& headers, std::string_view method, std::string_view target, std::string_view body,
          const Credentials& credentials, const SigningScope& scope, Instant now, const Crypto& crypto);

}  // namespace footfall::aws
