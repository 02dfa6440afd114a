#include "app/edge/client_address.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "domain/limits.h"
#include "domain/page.h"

namespace footfall {
namespace {

constexpr unsigned address_bits = 128;
constexpr unsigned v4_bits = 32;

constexpr std::array loopback{"127.0.0.0/8", "::1"};
constexpr std::array private_networks{"10.0.0.0/8",     "172.16.0.0/12", "192.168.0.0/16",
                                      "169.254.0.0/16", "fc00::/7",      "fe80::/10"};

bool is_decimal(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// One proxy's word: whom it was asked by, and how.
struct Hop {
  std::string_view by;  // `for` of Forwarded
  std::string_view proto;
  std::string_view host;
};

// The elements of a list between commas, without empty ones, over all headers of the name.
std::vector<std::string_view> list_of(const Request& request, std::string_view name) {
  std::vector<std::string_view> list;
  for (const HeaderView& header : request.headers) {
    if (!equals_ignoring_case(header.name, name)) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const std::size_t comma = rest.find(',');
      const std::string_view element = trim(rest.substr(0, comma));
      rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
      if (!element.empty()) list.push_back(element);
    }
  }
  return list;
}

// Takes one `name=value` or `name="value"` off the front (RFC 7239 §4). False: there is none. No host, address or
// scheme needs a backslash, so a text with one is not understood.
bool take_pair(std::string_view& rest, std::string_view& name, std::string_view& value) {
  const std::size_t equals = rest.find('=');
  if (equals == std::string_view::npos || equals == 0) return false;
  name = rest.substr(0, equals);
  rest.remove_prefix(equals + 1);
  if (rest.starts_with('"')) {
    const std::size_t end = rest.find('"', 1);
    if (end == std::string_view::npos) return false;
    value = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
  } else {
    const std::size_t end = std::min(rest.find_first_of(";, \t"), rest.size());
    value = rest.substr(0, end);
    rest.remove_prefix(end);
  }
  return name.find_first_of(" \t\",;") == std::string_view::npos && value.find('\\') == std::string_view::npos;
}

// Adds the elements of one Forwarded header. False: it is not written as RFC 7239 says.
bool add_forwarded(std::string_view rest, std::vector<Hop>& hops) {
  const auto skip_blanks = [&] { rest = trim(rest); };
  while (true) {
    Hop hop;
    bool any = false;
    while (true) {
      skip_blanks();
      if (rest.empty() || rest.front() == ',') break;
      if (rest.front() == ';') {
        rest.remove_prefix(1);
        continue;
      }
      std::string_view name;
      std::string_view value;
      if (!take_pair(rest, name, value)) return false;
      any = true;
      if (equals_ignoring_case(name, "for")) hop.by = value;
      if (equals_ignoring_case(name, "proto")) hop.proto = value;
      if (equals_ignoring_case(name, "host")) hop.host = value;
      skip_blanks();
      if (!rest.empty() && rest.front() != ';' && rest.front() != ',') return false;
    }
    if (any) hops.push_back(hop);
    if (rest.empty()) return true;
    rest.remove_prefix(1);
  }
}

// The client by a list of hops, and which element tells of it.
struct Client {
  Address address;
  std::size_t hop = 0;
};

// From the end: what a listed proxy says is believed, and whom it names is the client unless that is one, too. A hop
// that hides its address is known by the proxy that speaks of it.
template <typename AddressOf>
Client client_of(const Address& peer, std::size_t hops, const TrustedProxies& proxies, AddressOf&& address_of) {
  Client client{peer, hops - 1};
  for (std::size_t i = hops; i > 0 && hops - i < forwarded_hops_max; --i) {
    client.hop = i - 1;
    const auto address = forwarded_address(address_of(i - 1));
    if (!address) break;
    client.address = *address;
    if (!proxies.contains(*address)) break;
  }
  return client;
}

// Of a list that runs along with the hops, the element of this one; of any other, the last, which the nearest proxy
// wrote.
std::string_view said_of(const std::vector<std::string_view>& list, std::size_t hops, std::size_t hop) {
  if (list.empty()) return {};
  return list.size() == hops ? list[hop] : list.back();
}

bool is_forwarding(std::string_view name) {
  return equals_ignoring_case(name, "x-forwarded-for") || equals_ignoring_case(name, "forwarded");
}

bool any_forwarding(const Request& request) {
  return std::any_of(request.headers.begin(), request.headers.end(),
                     [](const HeaderView& header) { return is_forwarding(header.name); });
}

void take_scheme(std::string_view proto, Forwarding& forwarding) {
  if (equals_ignoring_case(proto, "https")) {
    forwarding.secure = true;
  } else if (equals_ignoring_case(proto, "http")) {
    forwarding.secure = false;
  } else if (!proto.empty()) {
    forwarding.fault = Forwarding::Fault::malformed;
  }
}

void take_host(std::string_view host, Forwarding& forwarding) {
  if (host.empty()) return;
  if (parse_site(host)) {
    forwarding.host = host;
  } else {
    forwarding.fault = Forwarding::Fault::malformed;
  }
}

}  // namespace

// --- The list of proxies ---

Result<Done> TrustedProxies::add(std::string_view text) {
  const Error wrong{ErrorCode::invalid,
                    "a trusted proxy is an address, a network like 10.0.0.0/8, `loopback` or `private`, and '" +
                        clean_utf8(cut_utf8(text, 80)) + "' is none of them"};
  const std::size_t slash = text.find('/');
  const auto address = Address::parse(text.substr(0, slash));
  if (!address) return wrong;
  const unsigned most = address->is_v4() ? v4_bits : address_bits;
  unsigned bits = most;
  if (slash != std::string_view::npos) {
    const auto given = parse_unsigned(text.substr(slash + 1));
    if (!given || *given > most) return wrong;
    bits = static_cast<unsigned>(*given);
  }
  networks_.push_back({*address, address_bits - most + bits});
  return Done{};
}

Result<TrustedProxies> TrustedProxies::parse(const std::vector<std::string>& texts) {
  TrustedProxies proxies;
  const auto add_all = [&](const auto& networks) {
    for (const char* network : networks) FOOTFALL_ASSERT(proxies.add(network).has_value());
  };
  for (const std::string& text : texts) {
    const std::string_view name = trim(text);
    if (name == "loopback" || name == "private") add_all(loopback);
    if (name == "private") add_all(private_networks);
    if (name == "loopback" || name == "private" || name.empty()) continue;
    if (const auto added = proxies.add(name); !added) return added.error();
  }
  if (proxies.networks_.size() > trusted_proxies_max) {
    return Error{ErrorCode::invalid, "at most " + std::to_string(trusted_proxies_max) + " trusted proxies"};
  }
  return proxies;
}

bool TrustedProxies::contains(const Address& address) const {
  return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
    const auto& a = network.address.bytes();
    const auto& b = address.bytes();
    const std::size_t whole = network.bits / 8;
    if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin())) return false;
    const unsigned rest = network.bits % 8;
    return rest == 0 || ((a.at(whole) ^ b.at(whole)) >> (8 - rest)) == 0;
  });
}

// --- What they say ---

std::optional<Address> forwarded_address(std::string_view text) {
  text = trim(text);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = trim(text.substr(1, text.size() - 2));
  std::optional<Address> address;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view port = text.substr(end + 1);
    if (!port.empty() && (port.front() != ':' || !is_decimal(port.substr(1)))) return std::nullopt;
    text = text.substr(1, end - 1);
    if (text.find(':') == std::string_view::npos) return std::nullopt;
  } else if (text.find(':') == text.rfind(':') && text.find(':') != std::string_view::npos) {
    const std::size_t colon = text.find(':');
    if (!is_decimal(text.substr(colon + 1))) return std::nullopt;
    text = text.substr(0, colon);
  }
  address = Address::parse(text);
  if (!address || address->is_none()) return std::nullopt;
  return address;
}

Forwarding forwarding_of(const Request& request, const TrustedProxies& proxies) {
  using Fault = Forwarding::Fault;
  Forwarding forwarding;
  forwarding.client = request.peer;
  if (!proxies.contains(request.peer)) {
    if (any_forwarding(request)) forwarding.fault = Fault::untrusted_peer;
    return forwarding;
  }
  std::vector<Hop> hops;
  for (const HeaderView& header : request.headers) {
    if (equals_ignoring_case(header.name, "forwarded") && !add_forwarded(header.value, hops)) {
      forwarding.fault = Fault::malformed;
      return forwarding;
    }
  }
  const std::vector<std::string_view> addresses = list_of(request, "x-forwarded-for");
  const Client by_forwarded =
      client_of(request.peer, hops.size(), proxies, [&](std::size_t hop) { return hops[hop].by; });
  const Client by_addresses =
      client_of(request.peer, addresses.size(), proxies, [&](std::size_t hop) { return addresses[hop]; });
  if (!hops.empty() && !addresses.empty() && by_forwarded.address != by_addresses.address) {
    forwarding.fault = Fault::contradiction;
    return forwarding;
  }
  forwarding.client = hops.empty() ? by_addresses.address : by_forwarded.address;
  const std::string_view proto = hops.empty() ? std::string_view{} : hops[by_forwarded.hop].proto;
  const std::string_view host = hops.empty() ? std::string_view{} : hops[by_forwarded.hop].host;
  const auto fallback = [&](std::string_view said, std::string_view name) {
    return said.empty() ? said_of(list_of(request, name), addresses.size(), by_addresses.hop) : said;
  };
  take_scheme(fallback(proto, "x-forwarded-proto"), forwarding);
  if (!forwarding.secure) take_scheme(trim(request.header("cloudfront-forwarded-proto")), forwarding);
  take_host(fallback(host, "x-forwarded-host"), forwarding);
  return forwarding;
}

// --- In front of everything ---

Request ClientAddress::seen_through(const Request& request, bool count) {
  const Forwarding forwarding = forwarding_of(request, proxies_);
  Request seen = request;
  seen.peer = forwarding.client;
  seen.secure = forwarding.secure.value_or(request.secure);
  seen.forwarded_host = forwarding.host;
  if (!count) return seen;
  switch (forwarding.fault) {
    case Forwarding::Fault::none:
      break;
    case Forwarding::Fault::untrusted_peer:
      untrusted_peer_.fetch_add(1, std::memory_order_relaxed);
      break;
    case Forwarding::Fault::malformed:
      malformed_.fetch_add(1, std::memory_order_relaxed);
      break;
    case Forwarding::Fault::contradiction:
      contradiction_.fetch_add(1, std::memory_order_relaxed);
      break;
  }
  return seen;
}

Admission ClientAddress::admit(const Request& request) { return next_.admit(seen_through(request, false)); }
Response ClientAddress::handle(const Request& request) { return next_.handle(seen_through(request, true)); }

ClientAddress::Ignored ClientAddress::ignored() const {
  return {untrusted_peer_.load(std::memory_order_relaxed), malformed_.load(std::memory_order_relaxed),
          contradiction_.load(std::memory_order_relaxed)};
}

}  // namespace footfall
