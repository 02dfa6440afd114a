#include "app/edge/forwarding_headers.h"

#include <string>
#include <utility>

#include "base/text.h"

namespace footfall {
namespace {

// As a node of Forwarded is written (RFC 7239 §6).
std::string node_of(const Address& address) {
  if (address.is_none()) return "unknown";
  return address.is_v4() ? address.text() : "\"[" + address.text() + "]\"";
}

}  // namespace

void add_forwarding_headers(std::vector<Header>& headers, const ForwardedFor& from) {
  const std::string_view scheme = from.secure ? "https" : "http";
  std::string chain = from.client.text();
  std::string forwarded = "for=" + node_of(from.client);
  // What a Host may hold needs no escape within quotes (head_check.cc).
  if (!from.host.empty()) forwarded += ";host=\"" + std::string(from.host) + "\"";
  forwarded += ";proto=";
  forwarded += scheme;
  if (from.proxy) {
    if (!chain.empty()) chain += ", ";
    chain += from.proxy->text();
    forwarded += ", for=" + node_of(*from.proxy);
  }
  if (!chain.empty()) headers.push_back({"x-forwarded-for", std::move(chain)});
  headers.push_back({"x-forwarded-proto", std::string(scheme)});
  if (!from.host.empty()) headers.push_back({"x-forwarded-host", std::string(from.host)});
  headers.push_back({"forwarded", std::move(forwarded)});
}

bool is_forwarding_header(std::string_view name) {
  constexpr std::string_view prefix = "x-forwarded-";
  if (name.size() == 9) return equals_ignoring_case(name, "forwarded") || equals_ignoring_case(name, "x-real-ip");
  return name.size() > prefix.size() && equals_ignoring_case(name.substr(0, prefix.size()), prefix);
}

}  // namespace footfall
