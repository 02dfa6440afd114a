// HTTPS as clients meet it: handshakes good and bad, requests of every size, the end of a connection, new certificates.

#include "adapters/http_server/tls.h"

#include <csignal>
#include <future>

#include "adapters/http_server/tls_fixture.h"

namespace footfall {
namespace {

class OfBytes final : public BodySource {
 public:
  OfBytes(std::size_t pieces, std::string piece, bool breaks = false)
      : left_(pieces), piece_(std::move(piece)), breaks_(breaks) {}
  Result<std::string> next() override {
    if (left_ > 0) {
      --left_;
      return piece_;
    }
    if (breaks_) return Error{ErrorCode::failed, "the disk is gone"};
    return std::string();
  }

 private:
  std::size_t left_;
  const std::string piece_;
  const bool breaks_;
};

Response pieces_response(std::size_t pieces, std::string piece, bool breaks = false) {
  Response response;
  response.body = std::make_unique<OfBytes>(pieces, std::move(piece), breaks);
  return response;
}

// Text in which every place looks different, so that a byte lost or doubled shows.
std::string long_text(std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; text.size() < bytes; ++i) text += std::to_string(i) + ",";
  text.resize(bytes);
  return text;
}

// --- Handshakes ---

TEST_F(TlsServerTest, AnswersARequestAndSaysThatItCameSecurely) {
  handler.handling = [](const Request& request) { return text_response(200, request.secure ? "secure" : "plain"); };
  start_tls();
  TlsClient client = shake();
  ASSERT_TRUE(client.shaken());
  EXPECT_EQ(client.certificate_host(), "example.com");
  const auto reply = client.ask(get("/"));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "secure");
  EXPECT_TRUE(soon([&] { return tls->counters().full == 1; }));
}

TEST_F(TlsServerTest, SaysSoToWorkersToo) {
  handler.admitting = [](const Request&) { return Admission{1'000, true, 0}; };
  handler.handling = [](const Request& request) { return text_response(200, request.secure ? "secure" : "plain"); };
  start_tls();
  EXPECT_EQ(shake().ask(get("/"))->body, "secure");
}

TEST_F(TlsServerTest, PrefersTls13AndSpeaksTls12ButNothingOlder) {
  start_tls();
  EXPECT_EQ(SSL_version(shake().ssl()), TLS1_3_VERSION);
  TlsClient older = shake({.version_max = TLS1_2_VERSION});
  ASSERT_TRUE(older.shaken());
  EXPECT_EQ(older.ask(get("/"))->status, 200);
  for (const int version : {TLS1_1_VERSION, TLS1_VERSION}) {
    TlsClient old = shake({.version_min = version, .version_max = version, .ciphers = "ALL:@SECLEVEL=0"});
    EXPECT_FALSE(old.shaken()) << version;
  }
  EXPECT_TRUE(soon([&] { return tls->counters().failed == 2; }));
}

TEST_F(TlsServerTest, TakesNoCipherWithoutForwardSecrecyOrAuthentication) {
  start_tls();
  for (const char* weak : {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "AES256-SHA"}) {
    TlsClient client = shake({.version_max = TLS1_2_VERSION, .ciphers = weak});
    EXPECT_FALSE(client.shaken()) << weak;
  }
  TlsClient good = shake({.version_max = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-CHACHA20-POLY1305"});
  EXPECT_TRUE(good.shaken());
}

TEST_F(TlsServerTest, ChoosesHttp11WhereAProtocolIsAskedFor) {
  start_tls();
  TlsClient both = shake({.protocols = "\x02h2\x08http/1.1"});
  ASSERT_TRUE(both.shaken());
  EXPECT_EQ(both.protocol(), "http/1.1");
  TlsClient neither = shake({.protocols = "\x02h2"});
  EXPECT_FALSE(neither.shaken());
  EXPECT_EQ(neither.why_not(), SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL);
}

TEST_F(TlsServerTest, LetsAKnownClientResume) {
  start_tls();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const std::uint64_t before = tls->counters().resumed;
    TlsClient first = shake({.version_max = version});
    ASSERT_TRUE(first.ask(get("/")));  // TLS 1.3 sends its tickets with the first answer
    SSL_SESSION* const session = SSL_get1_session(first.ssl());
    TlsClient second = shake({.version_max = version, .resumes = session});
    ASSERT_TRUE(second.shaken());
    EXPECT_EQ(SSL_session_reused(second.ssl()), 1) << version;
    EXPECT_EQ(second.ask(get("/"))->status, 200);
    EXPECT_TRUE(soon([&] { return tls->counters().resumed == before + 1; }));
    SSL_SESSION_free(session);
  }
}

TEST_F(TlsServerTest, RenegotiatesNever) {
  start_tls();
  TlsClient client = shake({.version_max = TLS1_2_VERSION});
  ASSERT_TRUE(client.ask(get("/")));
  SSL_renegotiate(client.ssl());
  EXPECT_NE(SSL_do_handshake(client.ssl()), 1);
  expect_well_under_tls();
}

TEST_F(TlsServerTest, GivesAHandshakeAsMuchTimeAsAHead) {
  settings.times.head_read_max = 200ms;
  start_tls();
  Client silent = connect();
  Client slow = connect();
  slow.send("\x16\x03\x01");
  EXPECT_TRUE(silent.ends_within(5s));
  EXPECT_TRUE(slow.ends_within(5s));
  EXPECT_TRUE(soon([&] { return tls->counters().failed == 1; }));  // the silent one began nothing
  expect_well_under_tls();
}

TEST_F(TlsServerTest, EndsWhatIsNoHandshakeAndStaysWell) {
  start_tls();
  for (const std::string& garbage :
       {std::string("\x16\x03\x01\x00\x05hello"), std::string(1'000, '\0'), std::string(70'000, '\xFF'),
        std::string("\x80\x2e\x01\x00\x02"), std::string("SSH-2.0-OpenSSH_9.2\r\n")}) {
    Client client = connect();
    client.send(garbage);
    client.finish_sending();
    EXPECT_TRUE(client.ends_within(5s)) << garbage.substr(0, 20);
  }
  expect_well_under_tls();
}

TEST_F(TlsServerTest, StaysWellWhenAHandshakeIsCutAnywhere) {
  start_tls();
  // A true first flight, recorded from a client that speaks to nobody.
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  const std::shared_ptr<SSL> ssl(SSL_new(context.get()), SSL_free);
  BIO* const out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), out);
  SSL_connect(ssl.get());
  char* bytes = nullptr;
  const auto flight = static_cast<std::size_t>(BIO_get_mem_data(out, &bytes));
  ASSERT_GT(flight, 100U);
  for (std::size_t cut = 1; cut <= flight; cut += 13) {
    Client client = connect();
    client.send({bytes, cut});
  }
  expect_well_under_tls();
  EXPECT_TRUE(soon([&] { return server->counters().connections_open == 0; }));
}

TEST_F(TlsServerTest, TellsWhoSpeaksPlainHttpSo) {
  start_tls();
  for (const char* method : {"GET", "POST", "OPTIONS", "DELETE"}) {
    Client client = connect();
    const auto reply = client.ask(std::string(method) + " / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    ASSERT_TRUE(reply) << method;
    EXPECT_EQ(reply->status, 400);
    EXPECT_EQ(reply->code(), "plain_http");
    EXPECT_EQ(reply->header("connection"), "close");
    client.finish_sending();
    EXPECT_TRUE(client.ends_within(5s));
  }
  EXPECT_EQ(refusals(Refusal::plain_http), 4U);
  EXPECT_EQ(handler.handled, 0);
}

// --- Requests ---

TEST_F(TlsServerTest, AnswersManyRequestsOnOneConnection) {
  start_tls();
  TlsClient client = shake();
  for (int i = 0; i < 500; ++i) {
    const auto reply = client.ask(post("/" + std::to_string(i), std::string(static_cast<std::size_t>(i) * 7, 'x')));
    ASSERT_TRUE(reply) << i;
    ASSERT_EQ(reply->body, "POST /" + std::to_string(i) + "? " + std::string(static_cast<std::size_t>(i) * 7, 'x'));
  }
}

TEST_F(TlsServerTest, AnswersPipelinedRequestsInTheirOrderHoweverTheyAreCutIntoRecords) {
  start_tls();
  std::string requests;
  constexpr int count = 400;
  for (int i = 0; i < count; ++i) requests += get("/" + std::to_string(i));
  for (const std::size_t record : {1UL, 7UL, 300UL, 5'000UL, 100'000UL}) {
    TlsClient client = shake();
    const std::size_t all = record == 1 ? requests.find("/20 ") : requests.size();
    for (std::size_t at = 0; at < all; at += record) client.send(requests.substr(at, std::min(record, all - at)));
    for (int i = 0; i < (record == 1 ? 20 : count); ++i) {
      const auto reply = client.read();
      ASSERT_TRUE(reply) << record << " " << i;
      ASSERT_EQ(reply->body, "GET /" + std::to_string(i) + "? ");
    }
  }
}

TEST_F(TlsServerTest, ForgetsNothingOfWhatOneRecordBrings) {
  // More in one record than one read has room for would be: the socket is empty, and only OpenSSL has the rest.
  start_tls();
  TlsClient client = shake();
  std::string requests;
  for (int i = 0; i < 40; ++i) requests += get("/" + std::to_string(i), "X-Filler: " + std::string(800, 'x') + "\r\n");
  client.send(requests);
  for (int i = 0; i < 40; ++i) {
    const auto reply = client.read(5s);
    ASSERT_TRUE(reply) << i;
    ASSERT_EQ(reply->body, "GET /" + std::to_string(i) + "? ");
  }
}

TEST_F(TlsServerTest, TakesABodyAsLargeAsItMayBe) {
  handler.handling = [](const Request& request) { return text_response(200, std::string(request.body)); };
  start_tls();
  TlsClient client = shake();
  for (const std::size_t bytes : {16'383UL, 16'384UL, 16'385UL, 32'768UL, 1'048'576UL}) {
    const std::string body = long_text(bytes);
    const auto reply = client.ask(post("/", body));
    ASSERT_TRUE(reply) << bytes;
    ASSERT_EQ(reply->status, 200) << bytes;
    ASSERT_TRUE(reply->body == body) << bytes;
  }
  EXPECT_EQ(client.ask(post("/", std::string(1'048'577, 'x')))->status, 413);
}

TEST_F(TlsServerTest, TakesAChunkedBody) {
  start_tls();
  TlsClient client = shake();
  client.send("POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (const char* part : {"3\r", "\nabc\r\n", "2\r\nde", "\r\n0\r\n", "\r\n"}) client.send(part);
  EXPECT_EQ(client.read()->body, "POST /c? abcde");
}

TEST_F(TlsServerTest, SendsALargeBodyToASlowReaderWhole) {
  const std::string text = long_text(8UL << 20U);
  handler.handling = [&](const Request&) { return text_response(200, text); };
  start_tls();
  TlsClient client = shake({}, 4'096);
  client.send(get("/"));
  std::this_thread::sleep_for(100ms);  // until the kernel takes no more
  const auto reply = client.read();
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->body == text);
}

TEST_F(TlsServerTest, SendsABodyMadeInPiecesWhole) {
  const std::string piece = long_text(100'000);
  handler.handling = [&](const Request&) { return pieces_response(50, piece); };
  start_tls();
  TlsClient client = shake({}, 4'096);
  for (int i = 0; i < 2; ++i) {
    client.send(get("/"));
    const auto reply = client.read();
    ASSERT_TRUE(reply);
    ASSERT_EQ(reply->body.size(), 50 * piece.size());
    EXPECT_TRUE(reply->body.ends_with(piece));
  }
}

TEST_F(TlsServerTest, SendsSmallPiecesInFewRecords) {
  handler.handling = [&](const Request&) { return pieces_response(3'000, "piece"); };
  start_tls();
  TlsClient client = shake();
  client.send(get("/"));
  const auto reply = client.read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body.size(), 15'000U);
}

TEST_F(TlsServerTest, SendsALiveBody) {
  std::shared_ptr<LiveSink> sink;
  std::promise<void> began;
  handler.handling = [&](const Request&) {
    Response response;
    response.body = LiveBody([&](std::shared_ptr<LiveSink> given) {
      sink = std::move(given);
      began.set_value();
      return std::make_shared<int>(1);
    });
    return response;
  };
  start_tls();
  TlsClient client = shake();
  client.send(get("/live"));
  ASSERT_TRUE(client.read_head());
  began.get_future().wait();
  for (const char* news : {"one", "two"}) {
    ASSERT_TRUE(sink->send(news));
    EXPECT_EQ(client.read_chunk(), news);
  }
  client.leave();
  EXPECT_TRUE(soon([&] { return !sink->send("three"); }));
}

TEST_F(TlsServerTest, AddsItsHeadersToSecureAnswersUnlessTheyAreThere) {
  settings.secure_headers = {{"strict-transport-security", "max-age=60"}};
  handler.handling = [](const Request& request) {
    Response response;
    if (request.path == "/own") response.headers.push_back({"Strict-Transport-Security", "max-age=1"});
    return response;
  };
  start_tls();
  TlsClient client = shake();
  EXPECT_EQ(client.ask(get("/"))->header("strict-transport-security"), "max-age=60");
  EXPECT_EQ(client.ask(get("/own"))->header("strict-transport-security"), "max-age=1");
  Client plain = connect();
  EXPECT_EQ(plain.ask(get("/"))->header("strict-transport-security"), "");
}

// --- The end ---

TEST_F(TlsServerTest, SaysTheEndSoThatNobodyElseCan) {
  start_tls();
  TlsClient client = shake();
  ASSERT_TRUE(client.ask(get("/", "Connection: close\r\n")));
  EXPECT_TRUE(client.ends_within(5s));
  EXPECT_TRUE(client.was_told_the_end());
  EXPECT_FALSE(client.was_reset());
}

TEST_F(TlsServerTest, SaysTheEndBehindABodyThatOnlyTheEndLimits) {
  const std::string piece = long_text(200'000);
  handler.handling = [&](const Request&) { return pieces_response(20, piece); };
  start_tls();
  TlsClient client = shake({}, 4'096);
  client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
  const auto reply = client.read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body.size(), 20 * piece.size());
  EXPECT_TRUE(client.was_told_the_end());
}

TEST_F(TlsServerTest, DoesNotSayTheEndWhereABodyBreaksOff) {
  handler.handling = [&](const Request&) { return pieces_response(3, "piece", true); };
  start_tls();
  TlsClient client = shake();
  client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
  client.read();
  EXPECT_TRUE(client.ends_within(5s));
  EXPECT_FALSE(client.was_told_the_end());
}

TEST_F(TlsServerTest, AnswersWhoSaysTheEndBehindItsRequest) {
  handler.admitting = [](const Request&) { return Admission{1'000, true, 0}; };
  start_tls();
  TlsClient client = shake();
  client.send(get("/last"));
  SSL_shutdown(client.ssl());
  const auto reply = client.read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200);
}

TEST_F(TlsServerTest, SaysTheEndToIdleClientsWhenItStops) {
  start_tls();
  TlsClient client = shake();
  ASSERT_TRUE(client.ask(get("/")));
  std::thread stopper([&] { server->stop(5s); });
  EXPECT_TRUE(client.ends_within(5s));
  EXPECT_TRUE(client.was_told_the_end());
  stopper.join();
}

// --- Certificates ---

TEST_F(TlsServerTest, ShowsNewConnectionsTheCertificateThatWasReadLast) {
  start_tls();
  TlsClient before = shake();
  EXPECT_EQ(before.certificate_host(), "example.com");
  folder.put("new.example.com");
  EXPECT_EQ(shake().certificate_host(), "example.com");
  ASSERT_TRUE(tls->reload());
  EXPECT_EQ(shake().certificate_host(), "new.example.com");
  EXPECT_EQ(before.ask(get("/"))->status, 200);
}

TEST_F(TlsServerTest, KeepsTheCertificateWhenTheFilesAreBad) {
  start_tls();
  folder.put_key(new_key());
  const auto reloaded = tls->reload();
  ASSERT_FALSE(reloaded);
  EXPECT_EQ(reloaded.error().code, ErrorCode::invalid);
  EXPECT_EQ(shake().certificate_host(), "example.com");
}

TEST(TlsFiles, AreRefusedInWordsThatSayWhichAndWhy) {
  const TlsFolder folder;
  const Key key = new_key();
  const auto refusal = [&] {
    const auto loaded = Tls::load(folder.files());
    return loaded ? std::string("none") : loaded.error().what;
  };
  EXPECT_EQ(refusal(), "cannot read the TLS certificate " + folder.files().certificate + ": No such file or directory");
  folder.put_text(folder.files().certificate, "no certificate");
  EXPECT_NE(refusal().find("holds no certificate in PEM"), std::string::npos) << refusal();
  folder.put_certificate({certificate_for("example.com", key)});
  EXPECT_EQ(refusal(), "cannot read the TLS key " + folder.files().key + ": No such file or directory");
  folder.put_text(folder.files().key, "-----BEGIN PRIVATE KEY-----\nMIG\n-----END PRIVATE KEY-----\n");
  EXPECT_NE(refusal().find("holds no private key in PEM"), std::string::npos) << refusal();
  folder.put_key(key, "a passphrase");
  EXPECT_NE(refusal().find("is encrypted: it must be kept without a passphrase"), std::string::npos) << refusal();
  folder.put_key(new_key());
  EXPECT_NE(refusal().find("is not that of the first certificate"), std::string::npos) << refusal();
  folder.put_key(key);
  EXPECT_EQ(refusal(), "none");
  std::ofstream(folder.files().certificate, std::ios::app) << "-----BEGIN CERTIFICATE-----\nMIG\n";
  EXPECT_NE(refusal().find("is damaged"), std::string::npos) << refusal();
}

TEST(TlsFiles, MayHoldTheWholeChain) {
  const TlsFolder folder;
  const Key key = new_key();
  folder.put_certificate({certificate_for("example.com", key), certificate_for("issuer", new_key())});
  folder.put_key(key);
  const auto identity = read_identity(folder.files().certificate, folder.files().key);
  ASSERT_TRUE(identity) << identity.error().what;
  EXPECT_EQ(identity->name, "example.com");
  EXPECT_EQ(identity->chain.size(), 1U);
}

TEST(TlsFiles, AreWarnedAboutWhenOutOfDateOrOpenToAll) {
  const TlsFolder folder;
  const auto warnings = [&] {
    std::string all;
    const auto loaded = Tls::load(folder.files());
    EXPECT_TRUE(loaded) << loaded.error().what;
    for (const std::string& warning : (*loaded)->warnings(std::chrono::system_clock::now())) all += warning + "\n";
    return all;
  };
  folder.put("example.com");
  EXPECT_EQ(warnings(), "");
  folder.put("example.com", -20, -10);
  EXPECT_NE(warnings().find("has expired on"), std::string::npos);
  folder.put("example.com", 10, 20);
  EXPECT_NE(warnings().find("is good only from"), std::string::npos);
  folder.put("example.com");
  std::filesystem::permissions(folder.files().key, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_NE(warnings().find("can be read by every user"), std::string::npos);
}

}  // namespace
}  // namespace footfall
