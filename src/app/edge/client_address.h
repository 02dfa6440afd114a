// Who a request comes from, and how, when proxies stand in front: their word counts, a stranger's does not.
//
// `Forwarded` (RFC 7239) and `X-Forwarded-For` are lists to which each proxy adds, at the end, whom it was asked by.
// Read from the end, the first address that is no listed proxy is the client; what stands before it was written by the
// client and is worth nothing. `X-Forwarded-Proto` and `X-Forwarded-Host` (or proto and host of the same element of
// `Forwarded`) are believed likewise. A proxy that knows one of the two lists lets the other one through as the client
// wrote it: when both came and disagree, neither is believed.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/address.h"
#include "ports/http.h"

namespace footfall {

// The proxies whose word counts, as networks.
class TrustedProxies {
 public:
  // Each text an address ("192.0.2.1"), a network ("10.0.0.0/8", "2001:db8::/32"), `loopback`, or `private` (RFC 1918,
  // RFC 4193, loopback, link-local). Error: invalid (the text is none of these, or there are more than
  // trusted_proxies_max).
  static Result<TrustedProxies> parse(const std::vector<std::string>& texts);

  [[nodiscard]] bool contains(const Address& address) const;
  [[nodiscard]] bool empty() const { return networks_.empty(); }

 private:
  struct Network {
    Address address;
    unsigned bits = 0;  // of the 128 that an address is kept as
  };
  Result<Done> add(std::string_view text);

  std::vector<Network> networks_;
};

// An address as forwarding headers write it: with or without port, IPv6 in brackets or bare, quotes around. Nothing for
// "unknown", for a made-up name ("_hidden") and for anything else.
std::optional<Address> forwarded_address(std::string_view text);

// What listed proxies say about a request.
struct Forwarding {
  Address client;
  std::optional<bool> secure;  // nothing: not said
  std::string_view host;       // as the client sent it; empty: not said
  enum class Fault : std::uint8_t { none, untrusted_peer, malformed, contradiction };
  Fault fault = Fault::none;  // why a header that came was not believed, or not all of it
};
Forwarding forwarding_of(const Request& request, const TrustedProxies& proxies);

// Stands in front of everything, so that all see one truth: Request::peer, secure and forwarded_host. Any thread.
class ClientAddress final : public HttpHandler {
 public:
  // Both outlive it.
  ClientAddress(const TrustedProxies& proxies, HttpHandler& next) : proxies_(proxies), next_(next) {}

  Admission admit(const Request& request) override;
  Response handle(const Request& request) override;

  // Requests with a forwarding header that was not believed, by why; for /metrics.
  struct Ignored {
    std::uint64_t untrusted_peer = 0;
    std::uint64_t malformed = 0;
    std::uint64_t contradiction = 0;
  };
  [[nodiscard]] Ignored ignored() const;

 private:
  Request seen_through(const Request& request, bool count);

  const TrustedProxies& proxies_;
  HttpHandler& next_;
  std::atomic<std::uint64_t> untrusted_peer_{0};
  std::atomic<std::uint64_t> malformed_{0};
  std::atomic<std::uint64_t> contradiction_{0};
};

}  // namespace footfall
