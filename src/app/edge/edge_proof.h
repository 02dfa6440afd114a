// What the CloudFront function in front says about a request, and the proof that it was the one who said it.
//
// The origin has an address of its own, which anyone may find. `x-ff-host`, `x-ff-ip`, `x-ff-session` and `x-ff-path`
// are believed only with `x-ff-edge`: `K.TIME.MAC`, the key's id, Unix seconds in base 36, and the first 128 bits of
// HMAC-SHA-256 over `edge`, K, TIME, host, ip, session and path with line feeds between (base64url).
// tests/vectors/edge_proof.json.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/edge/session_keys.h"
#include "base/time.h"
#include "ports/http.h"

namespace footfall {

struct EdgeWord {
  std::string_view host, ip, session, path;
};

// The proof of a word said now, by the newest key.
std::string proof_of(const EdgeWord& word, const SessionKeys& keys, const Crypto& crypto, Instant now);

// How far the clocks of the edge and of this machine may be apart.
inline constexpr std::chrono::seconds edge_proof_time_max{300};

// Whether the proof is of this word, by a key that is believed, of this moment.
bool is_proved(const EdgeWord& word, std::string_view proof, const SessionKeys& keys, const Crypto& crypto,
               Instant now);

// Whether a request may come without a proof: by an address of ours that is not the edge's.
enum class WithoutProof : std::uint8_t { as_it_came, refused };

// Stands in front of everything where CloudFront stands in front of us: a request with a proof comes from whom it says,
// and is for the host and the path it says (Request::peer, forwarded_host, path): API Gateway hands over a path in
// which a counter's key cannot be found again. A wrong proof is answered 403. Any thread.
class BehindEdge final : public HttpHandler {
 public:
  // All outlive it.
  BehindEdge(const SessionKeys& keys, const Crypto& crypto, const Clock& clock, WithoutProof without_proof,
             HttpHandler& next)
      : keys_(keys), crypto_(crypto), clock_(clock), without_proof_(without_proof), next_(next) {}

  Admission admit(const Request& request) override;
  Response handle(const Request& request) override;

 private:
  // Nothing: the request is not to be answered.
  [[nodiscard]] std::optional<Request> seen_through(const Request& request) const;

  const SessionKeys& keys_;
  const Crypto& crypto_;
  const Clock& clock_;
  const WithoutProof without_proof_;
  HttpHandler& next_;
};

}  // namespace footfall
