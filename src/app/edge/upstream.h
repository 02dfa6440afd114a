// The site's own application behind Footfall: what it is asked, and what the client sees when it does not answer.
//
// The path and the query go on untouched, and so does Host: the application sees the request as the client made it.
// What belongs to the client's connection, what a stranger says about himself (forwarding_headers.h) and fields with
// odd names do not. CGI and its heirs read `-` and `_` as the same sign, and some of them every sign that is no letter
// or digit: under a name such as X_Forwarded_For a client could say what X-Forwarded-For says.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ports/crypto.h"
#include "ports/http.h"

namespace footfall {

// Reads "http://HOST", "http://HOST:PORT", with or without a '/' behind. Error: invalid, with what is wrong.
Result<Origin> parse_upstream(std::string_view url);

// Any thread.
class Upstream {
 public:
  Upstream(Origin origin, const Crypto& crypto);

  // For HttpHandler::admit: bodies are streamed, whatever their length, and nothing blocks.
  static Admission admit() { return {0, false, 0, false, BodyMode::streamed}; }

  using OnHead = std::function<std::optional<Position>(ForwardedHead&)>;
  // The answer to a request that the application shall have.
  //   on_head   called with the head of its response (ForwardedRequest::on_head); may be empty
  //   returns   the request to be forwarded; or 508, if it has come back to us
  [[nodiscard]] Response forward(const Request& request, OnHead on_head = {}) const;

 private:
  const std::shared_ptr<const Origin> origin_;
  const std::string host_;       // for a client that names none (HTTP/1.0)
  const std::string pseudonym_;  // of this process in Via: a request that already has it goes in a circle
};

}  // namespace footfall
