// What the edge tells the origin, as the CloudFront function says it and this program believes it.

#include "app/edge/edge_proof.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "adapters/openssl_crypto/openssl_crypto.h"
#include "app/json.h"
#include "testing/fake_clock.h"
#include "testing/memory_file.h"

namespace footfall {
namespace {

std::string_view text_at(const json::value& object, std::string_view name) { return object.at(name).as_string(); }

// Says what reached it.
class Origin final : public HttpHandler {
 public:
  Admission admit(const Request& request) override {
    path = request.path;
    return {};
  }
  Response handle(const Request& request) override {
    path = request.path;
    host = request.host();
    peer = request.peer.text();
    return {};
  }
  std::string path, host, peer;
};

TEST(Vectors, OfWhatTheEdgeTellsTheOrigin) {
  std::ifstream file("tests/vectors/edge_proof.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto vectors = parse_json(text.str());
  ASSERT_TRUE(vectors);
  FakeClock clock(Instant(std::chrono::seconds(vectors->at("now").to_number<std::int64_t>())));
  const OpensslCrypto crypto;
  MemoryFile kept(json::serialize(vectors->at("keys")));
  const auto keys = SessionKeys::open(kept, crypto, clock);
  ASSERT_TRUE(keys);
  ASSERT_GT(vectors->at("cases").as_array().size(), 20U);
  for (const json::value& one : vectors->at("cases").as_array()) {
    SCOPED_TRACE(text_at(one, "because"));
    const EdgeWord word{text_at(one, "host"), text_at(one, "ip"), text_at(one, "session"), text_at(one, "path")};
    const bool good = one.at("good").as_bool();
    EXPECT_EQ(is_proved(word, text_at(one, "proof"), **keys, crypto, clock.now()), good);

    const std::array<HeaderView, 5> headers{{{"X-FF-Host", word.host},
                                             {"X-FF-IP", word.ip},
                                             {"X-FF-Session", word.session},
                                             {"X-FF-Path", word.path},
                                             {"X-FF-Edge", text_at(one, "proof")}}};
    Request request;
    request.path = "/decoded";
    request.headers = headers;
    Origin origin;
    BehindEdge behind(**keys, crypto, clock, WithoutProof::refused, origin);
    static_cast<void>(behind.admit(request));
    EXPECT_EQ(behind.handle(request).status, good ? 200 : 403);
    EXPECT_EQ(origin.path, good ? word.path : "");
    EXPECT_EQ(origin.host, good ? word.host : "");
    EXPECT_EQ(origin.peer, good ? Address::parse(word.ip)->text() : "");
  }
}

TEST(BehindEdge, WithoutAWordOfTheEdgeARequestIsAsItCameOrRefused) {
  FakeClock clock;
  const OpensslCrypto crypto;
  MemoryFile kept;
  const auto keys = SessionKeys::open(kept, crypto, clock);
  const std::array<HeaderView, 3> headers{
      {{"Host", "origin"}, {"x-ff-ip", "192.0.2.1"}, {"x-ff-host", "bank.example"}}};
  Request request;
  request.path = "/";
  request.headers = headers;
  request.peer = *Address::parse("203.0.113.9");
  Origin origin;
  BehindEdge open(**keys, crypto, clock, WithoutProof::as_it_came, origin);
  EXPECT_EQ(open.handle(request).status, 200);
  EXPECT_EQ(origin.peer, "203.0.113.9");
  EXPECT_EQ(origin.host, "origin");
  BehindEdge closed(**keys, crypto, clock, WithoutProof::refused, origin);
  EXPECT_EQ(closed.handle(request).status, 403);
}

}  // namespace
}  // namespace footfall
