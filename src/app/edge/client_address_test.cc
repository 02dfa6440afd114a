#include "app/edge/client_address.h"

#include <gtest/gtest.h>

#include <vector>

#include "domain/limits.h"

namespace footfall {
namespace {

using Headers = std::vector<HeaderView>;
using Fault = Forwarding::Fault;

TrustedProxies proxies_of(const std::vector<std::string>& texts) {
  auto proxies = TrustedProxies::parse(texts);
  EXPECT_TRUE(proxies) << proxies.error().what;
  return std::move(*proxies);
}

Forwarding seen(const Headers& headers, const char* peer = "10.0.0.1",
                const std::vector<std::string>& texts = {"10.0.0.0/8"}) {
  const TrustedProxies proxies = proxies_of(texts);
  Request request;
  request.peer = *Address::parse(peer);
  request.headers = headers;
  return forwarding_of(request, proxies);
}

// --- the list ---

TEST(TrustedProxies, AreAddressesNetworksAndTwoNames) {
  struct Row {
    std::vector<std::string> list;
    const char* address;
    bool trusted;
  };
  for (const Row& row : {
           Row{{}, "127.0.0.1", false},
           Row{{"192.0.2.1"}, "192.0.2.1", true},
           Row{{"192.0.2.1"}, "192.0.2.2", false},
           Row{{"192.0.2.0/24"}, "192.0.2.255", true},
           Row{{"192.0.2.0/24"}, "192.0.3.0", false},
           Row{{"192.0.2.128/25"}, "192.0.2.127", false},
           Row{{"192.0.2.128/25"}, "192.0.2.128", true},
           Row{{"0.0.0.0/0"}, "203.0.113.9", true},
           Row{{"0.0.0.0/0"}, "2001:db8::1", false},
           Row{{"2001:db8::/32"}, "2001:db8:ffff::1", true},
           Row{{"2001:db8::/32"}, "2001:db9::1", false},
           Row{{"2001:db8::/33"}, "2001:db8:8000::1", false},
           Row{{"::1"}, "::1", true},
           Row{{"::ffff:192.0.2.1"}, "192.0.2.1", true},
           Row{{"loopback"}, "127.1.2.3", true},
           Row{{"loopback"}, "::1", true},
           Row{{"loopback"}, "10.0.0.1", false},
           Row{{"private"}, "10.1.2.3", true},
           Row{{"private"}, "172.31.255.255", true},
           Row{{"private"}, "172.32.0.0", false},
           Row{{"private"}, "192.168.1.1", true},
           Row{{"private"}, "fd00::1", true},
           Row{{"private"}, "fe80::1", true},
           Row{{"private"}, "127.0.0.1", true},
           Row{{"private"}, "203.0.113.9", false},
           Row{{"192.0.2.1", " loopback "}, "127.0.0.1", true},
       }) {
    EXPECT_EQ(proxies_of(row.list).contains(*Address::parse(row.address)), row.trusted)
        << (row.list.empty() ? "" : row.list[0]) << ' ' << row.address;
  }
}

TEST(TrustedProxies, RefuseWhatIsNone) {
  for (const char* text : {"example.com", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0", "/8",
                           "2001:db8::/129", "everything", "[::1]"}) {
    EXPECT_FALSE(TrustedProxies::parse({text})) << text;
  }
  EXPECT_TRUE(TrustedProxies::parse(std::vector<std::string>(trusted_proxies_max, "::1")));
  EXPECT_FALSE(TrustedProxies::parse(std::vector<std::string>(trusted_proxies_max + 1, "::1")));
}

// --- addresses as headers write them ---

TEST(ForwardedAddress, IsReadInEveryFormThatProxiesWrite) {
  struct Row {
    const char* text;
    const char* address;  // "": none
  };
  for (const Row& row : {
           Row{"203.0.113.9", "203.0.113.9"},
           Row{"203.0.113.9:1234", "203.0.113.9"},
           Row{" 203.0.113.9 ", "203.0.113.9"},
           Row{"\"203.0.113.9:1234\"", "203.0.113.9"},
           Row{"2001:db8::1", "2001:db8::1"},
           Row{"[2001:db8::1]", "2001:db8::1"},
           Row{"[2001:db8::1]:443", "2001:db8::1"},
           Row{"\"[2001:db8::1]:443\"", "2001:db8::1"},
           Row{"::ffff:203.0.113.9", "203.0.113.9"},
           Row{"unknown", ""},
           Row{"_hidden", ""},
           Row{"\"_gazonk\"", ""},
           Row{"", ""},
           Row{"\"\"", ""},
           Row{"203.0.113.9:", ""},
           Row{"203.0.113.9:http", ""},
           Row{"203.0.113.9:_port", ""},
           Row{"[2001:db8::1", ""},
           Row{"[203.0.113.9]", ""},
           Row{"[2001:db8::1]443", ""},
           Row{"[2001:db8::1]:", ""},
           Row{"fe80::1%eth0", ""},
           Row{"203.0.113", ""},
           Row{"203.0.113.999", ""},
           Row{"0x7f.1", ""},
           Row{"example.com", ""},
           Row{"::", ""},
       }) {
    const auto address = forwarded_address(row.text);
    EXPECT_EQ(address ? address->text() : "", row.address) << row.text;
  }
}

// --- the client ---

struct ClientRow {
  const char* because;
  Headers headers;
  const char* client;
  Fault fault = Fault::none;
};

TEST(Forwarding, BelievesListedProxiesAndNobodyElse) {
  for (const ClientRow& row : {
           ClientRow{"nothing is said", {}, "10.0.0.1"},
           ClientRow{"one hop", {{"X-Forwarded-For", "203.0.113.9"}}, "203.0.113.9"},
           ClientRow{"what the client wrote before it is not believed",
                     {{"X-Forwarded-For", "198.51.100.1, 203.0.113.9"}},
                     "203.0.113.9"},
           ClientRow{"through a second listed proxy", {{"X-Forwarded-For", "203.0.113.9, 10.0.0.2"}}, "203.0.113.9"},
           ClientRow{"a listed address that the client wrote is not reached",
                     {{"X-Forwarded-For", "10.0.0.9, 203.0.113.9, 10.0.0.2"}},
                     "203.0.113.9"},
           ClientRow{"listed proxies alone: the first of them asked",
                     {{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}},
                     "10.0.0.3"},
           ClientRow{"headers that come twice are one list",
                     {{"X-Forwarded-For", "203.0.113.9"}, {"x-forwarded-for", "10.0.0.2"}},
                     "203.0.113.9"},
           ClientRow{"with a port", {{"X-Forwarded-For", "203.0.113.9:5678"}}, "203.0.113.9"},
           ClientRow{"IPv6 in brackets", {{"X-Forwarded-For", "[2001:db8::1]:5678"}}, "2001:db8::1"},
           ClientRow{"no blanks", {{"X-Forwarded-For", "198.51.100.1,203.0.113.9,10.0.0.2"}}, "203.0.113.9"},
           ClientRow{"empty elements", {{"X-Forwarded-For", ", 203.0.113.9, ,"}}, "203.0.113.9"},
           ClientRow{"a hop that hides is known by the proxy that speaks of it",
                     {{"X-Forwarded-For", "203.0.113.9, unknown, 10.0.0.2"}},
                     "10.0.0.2"},
           ClientRow{"a header that is no list", {{"X-Forwarded-For", "<script>"}}, "10.0.0.1"},
           ClientRow{"an empty header", {{"X-Forwarded-For", ""}}, "10.0.0.1"},
           ClientRow{
               "the standard's header", {{"Forwarded", "for=203.0.113.9;proto=https;by=10.0.0.1"}}, "203.0.113.9"},
           ClientRow{"its words in any case, quoted", {{"forwarded", "For=\"[2001:db8::1]:80\""}}, "2001:db8::1"},
           ClientRow{"its list from the end, and a quoted comma, which is no host",
                     {{"Forwarded", "for=198.51.100.1, for=203.0.113.9;host=\"a,b\", for=10.0.0.2"}},
                     "203.0.113.9",
                     Fault::malformed},
           ClientRow{"its hidden hops", {{"Forwarded", "for=203.0.113.9, for=_secret"}}, "10.0.0.1"},
           ClientRow{"an element without for", {{"Forwarded", "for=203.0.113.9, proto=http"}}, "10.0.0.1"},
           ClientRow{"both, and they agree",
                     {{"Forwarded", "for=203.0.113.9"}, {"X-Forwarded-For", "198.51.100.1, 203.0.113.9"}},
                     "203.0.113.9"},
           ClientRow{"both, and one was let through as the client wrote it",
                     {{"Forwarded", "for=198.51.100.1"}, {"X-Forwarded-For", "203.0.113.9"}},
                     "10.0.0.1",
                     Fault::contradiction},
           ClientRow{
               "not written as the standard says", {{"Forwarded", "for=\"203.0.113.9"}}, "10.0.0.1", Fault::malformed},
           ClientRow{"no pairs at all", {{"Forwarded", "203.0.113.9"}}, "10.0.0.1", Fault::malformed},
           ClientRow{
               "words behind a quoted value", {{"Forwarded", "for=\"203.0.113.9\"x"}}, "10.0.0.1", Fault::malformed},
           ClientRow{"a quoted backslash", {{"Forwarded", "for=\"203.0.113.9\\\""}}, "10.0.0.1", Fault::malformed},
           ClientRow{"other headers are not asked",
                     {{"X-Real-IP", "203.0.113.9"}, {"CF-Connecting-IP", "203.0.113.9"}},
                     "10.0.0.1"},
       }) {
    SCOPED_TRACE(row.because);
    const Forwarding forwarding = seen(row.headers);
    EXPECT_EQ(forwarding.client.text(), row.client);
    EXPECT_EQ(forwarding.fault, row.fault);
    const Forwarding stranger = seen(row.headers, "192.0.2.7");
    EXPECT_EQ(stranger.client.text(), "192.0.2.7") << "from a stranger it says nothing";
    EXPECT_FALSE(stranger.secure);
    EXPECT_EQ(stranger.host, "");
  }
}

TEST(Forwarding, AThousandForgedAddressesAreOneClient) {
  for (int round = 0; round < 1'000; ++round) {
    std::string forged;
    for (int i = 0; i < 100; ++i) forged += "198.51." + std::to_string(round % 256) + "." + std::to_string(i) + ", ";
    EXPECT_EQ(seen({{"X-Forwarded-For", forged + "203.0.113.9"}}).client.text(), "203.0.113.9");
  }
}

TEST(Forwarding, LooksAtNoMoreHopsThanAnyoneHas) {
  const auto through = [](std::size_t proxies) {
    std::string list = "203.0.113.9";
    for (std::size_t i = 0; i < proxies; ++i) list += ", 10.0.0.2";
    return seen({{"X-Forwarded-For", list}}).client.text();
  };
  EXPECT_EQ(through(forwarded_hops_max - 1), "203.0.113.9");
  EXPECT_EQ(through(forwarded_hops_max), "10.0.0.2");
}

TEST(Forwarding, CountsAStrangersHeadersAsIgnored) {
  EXPECT_EQ(seen({{"X-Forwarded-For", "203.0.113.9"}}, "192.0.2.7").fault, Fault::untrusted_peer);
  EXPECT_EQ(seen({{"Forwarded", "for=203.0.113.9"}}, "192.0.2.7").fault, Fault::untrusted_peer);
  EXPECT_EQ(seen({}, "192.0.2.7").fault, Fault::none);
}

// --- scheme and host ---

TEST(Forwarding, TellsSchemeAndHostAsTheClientUsedThem) {
  struct Row {
    const char* because;
    Headers headers;
    std::optional<bool> secure;
    const char* host;
    Fault fault = Fault::none;
  };
  for (const Row& row : {
           Row{"not said", {{"X-Forwarded-For", "203.0.113.9"}}, std::nullopt, ""},
           Row{"https", {{"X-Forwarded-Proto", "https"}}, true, ""},
           Row{"http, in any case", {{"X-Forwarded-Proto", "HTTP"}}, false, ""},
           Row{"another scheme", {{"X-Forwarded-Proto", "gopher"}}, std::nullopt, "", Fault::malformed},
           Row{"as CloudFront says it", {{"CloudFront-Forwarded-Proto", "https"}}, true, ""},
           Row{"a host with port", {{"X-Forwarded-Host", "example.com:8443"}}, std::nullopt, "example.com:8443"},
           Row{"a host that is none", {{"X-Forwarded-Host", "a b"}}, std::nullopt, "", Fault::malformed},
           Row{"of a list, what the nearest proxy wrote",
               {{"X-Forwarded-Host", "evil.example, example.com"}, {"X-Forwarded-Proto", "http, https"}},
               true,
               "example.com"},
           Row{"of a list along with the hops, the client's own",
               {{"X-Forwarded-For", "203.0.113.9, 10.0.0.2"}, {"X-Forwarded-Proto", "https, http"}},
               true,
               ""},
           Row{"the standard's, of the element that tells the client",
               {{"Forwarded", "for=203.0.113.9;proto=https;host=example.com, for=10.0.0.2;proto=http;host=inner"}},
               true,
               "example.com"},
           Row{"the standard's does not say: the others may",
               {{"Forwarded", "for=203.0.113.9"}, {"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "example.com"}},
               true,
               "example.com"},
           Row{"nothing of two lists that disagree",
               {{"Forwarded", "for=198.51.100.1;proto=https;host=evil.example"}, {"X-Forwarded-For", "203.0.113.9"}},
               std::nullopt,
               "",
               Fault::contradiction},
       }) {
    SCOPED_TRACE(row.because);
    const Forwarding forwarding = seen(row.headers);
    EXPECT_EQ(forwarding.secure, row.secure);
    EXPECT_EQ(forwarding.host, row.host);
    EXPECT_EQ(forwarding.fault, row.fault);
  }
}

// --- in front of everything ---

class Notes final : public HttpHandler {
 public:
  Admission admit(const Request& request) override {
    admitted = request.peer.text() + " " + std::string(request.host());
    return {17, true, 4};
  }
  Response handle(const Request& request) override {
    handled = request.peer.text() + (request.secure ? " https " : " http ") + std::string(request.host()) + " " +
              std::string(request.path) + " " + std::to_string(request.route);
    Response response;
    response.status = 299;
    return response;
  }
  std::string admitted;
  std::string handled;
};

TEST(ClientAddress, ShowsTheClientToAllThatStandBehindIt) {
  const TrustedProxies proxies = proxies_of({"loopback"});
  Notes notes;
  ClientAddress handler(proxies, notes);
  const Headers headers{{"Host", "127.0.0.1:8080"},
                        {"X-Forwarded-For", "203.0.113.9"},
                        {"X-Forwarded-Proto", "https"},
                        {"X-Forwarded-Host", "example.com"}};
  Request request;
  request.path = "/about";
  request.headers = headers;
  request.peer = *Address::parse("127.0.0.1");
  const Admission admission = handler.admit(request);
  EXPECT_EQ(admission.body_bytes_max, 17U);
  EXPECT_TRUE(admission.may_block);
  EXPECT_EQ(notes.admitted, "203.0.113.9 example.com");
  request.route = admission.route;
  EXPECT_EQ(handler.handle(request).status, 299);
  EXPECT_EQ(notes.handled, "203.0.113.9 https example.com /about 4");

  request.peer = *Address::parse("192.0.2.7");
  static_cast<void>(handler.admit(request));
  static_cast<void>(handler.handle(request));
  EXPECT_EQ(notes.handled, "192.0.2.7 http 127.0.0.1:8080 /about 4");
  EXPECT_EQ(handler.ignored().untrusted_peer, 1U) << "once a request";
  EXPECT_EQ(handler.ignored().malformed, 0U);
}

}  // namespace
}  // namespace footfall
