// Who we are to AWS: keys from the environment, or temporary ones that a local endpoint hands out.
//
// Looked for in the order AWS's own tools use: the environment (which is how Lambda gives them), the container endpoint
// (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, or ..._FULL_URI on this machine or over HTTPS), the instance endpoint
// (IMDSv2; AWS_EC2_METADATA_DISABLED leaves it out). One thread at a time.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "adapters/aws/sigv4.h"
#include "base/result.h"
#include "ports/clock.h"
#include "ports/http_exchange.h"

namespace footfall::aws {

// The value of an environment variable, or "".
using Environment = std::function<std::string(const char* name)>;

class CredentialSource {
 public:
  CredentialSource(Environment environment, OpenExchange open, const Clock& clock)
      : environment_(std::move(environment)), open_(std::move(open)), clock_(clock) {}

  // Kept until they are about to end.
  //   errors  unauthorized  there are none to be found
  //           unavailable   whoever hands them out does not answer
  Result<Credentials> get();
  // Those that were given were refused: asks anew.
  void forget() { kept_.reset(); }

 private:
  struct Kept {
    Credentials credentials;
    std::optional<Instant> ends;
  };
  Result<Kept> find();
  Result<Kept> from_container(const std::string& url, const std::string& target);
  Result<Kept> from_instance();
  static Result<Kept> read(std::string text);
  [[nodiscard]] Result<std::string> container_token() const;

  Environment environment_;
  OpenExchange open_;
  const Clock& clock_;
  std::optional<Kept> kept_;
};

}  // namespace footfall::aws
