// The functions at CloudFront's edge in C++: what cloud/edge does in JavaScript, by the code that the server's own edge
// is made of.
//
// CloudFront runs no program of ours: this is for trying out events on one's own machine, and what the scripts are
// compared with (docs/edge_functions.md).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "app/cloud/edge_event.h"
#include "app/cloud/functions.h"
#include "app/edge/session_cookies.h"
#include "app/edge/session_keys.h"
#include "domain/site.h"
#include "ports/clock.h"
#include "ports/crypto.h"
#include "ports/kept_file.h"

namespace footfall {

class EdgeFunction final : public Function {
 public:
  // `settings` is the value that the key value store holds: keys and what a site's edge is to do. "": there is none
  // yet; pages are passed on without a session then, and the API is answered 503.
  //   errors  invalid  the settings are wrong, and how
  // `crypto` and `clock` outlive it.
  static Result<std::unique_ptr<EdgeFunction>> open(std::string_view settings, const Crypto& crypto,
                                                    const Clock& clock);

  Result<std::string> handle(std::string_view event) override;

 private:
  EdgeFunction(const Crypto& crypto, const Clock& clock) : crypto_(crypto), clock_(clock) {}
  Result<Done> read_settings(const json::object& settings);

  std::string page_request(EdgeEvent& event, const Request& request) const;
  std::string page_response(EdgeEvent& event, const Request& request) const;
  std::string api_request(EdgeEvent& event, const Request& request) const;

  const Crypto& crypto_;
  const Clock& clock_;
  Site site_;
  bool secure_ = true;
  bool require_session_ = false;
  std::unique_ptr<KeptFile> keys_file_;
  std::unique_ptr<SessionKeys> keys_;  // null: no settings
  std::unique_ptr<SessionCookies> cookies_;
};

}  // namespace footfall
