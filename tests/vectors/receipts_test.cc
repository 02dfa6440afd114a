// Receipts and draws, held to what a second implementation made: tests/vectors/receipts.json.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "adapters/openssl_crypto/openssl_crypto.h"
#include "app/json.h"
#include "app/receipt_keys.h"
#include "base/text.h"
#include "domain/counter_rules.h"
#include "testing/fake_clock.h"
#include "testing/memory_file.h"

namespace footfall {
namespace {

std::string bytes_of_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

class ReceiptVectors : public testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file("tests/vectors/receipts.json");
    std::stringstream text;
    text << file.rdbuf();
    const auto parsed = parse_json(text.str());
    ASSERT_TRUE(parsed) << parsed.error().what;
    vectors_ = parsed->as_object();
    const json::object kept{{"secret", to_base64url(footfall::bytes_of(bytes_of_hex(text_at("seed"))))},
                            {"keys", {{{"public_key", vectors_.at("public_key")}, {"from", "2026-11-24T00:00:00Z"}}}}};
    ASSERT_TRUE(file_.replace(json::serialize(kept)));
    auto opened = ReceiptKeys::open(file_, crypto_, clock_);
    ASSERT_TRUE(opened) << opened.error().what;
    keys_ = std::move(*opened);
  }
  std::string text_at(std::string_view name) { return json::value_to<std::string>(vectors_.at(name)); }

  json::object vectors_;
  OpensslCrypto crypto_;
  FakeClock clock_;
  MemoryFile file_;
  std::unique_ptr<ReceiptKeys> keys_;
};

TEST_F(ReceiptVectors, NameTheKey) { EXPECT_EQ(to_hex(keys_->keys()[0].id), text_at("key_id")); }

TEST_F(ReceiptVectors, AreMadeByteByByte) {
  for (const json::value& batch : vectors_.at("batches").as_array()) {
    const json::array& statements = batch.at("statements").as_array();
    std::vector<Response> responses(statements.size());
    std::vector<Response*> pointers;
    for (std::size_t i = 0; i < statements.size(); ++i) {
      const json::value& one = statements[i];
      const auto session = one.at("session").is_null()
                               ? std::string()
                               : *from_base64url(std::string_view(one.at("session").as_string()));
      responses[i].body = std::string("{\"value\":1");
      keys_->seal(responses[i], statement_bytes(one.at("site").as_string(), one.at("key").as_string(),
                                                one.at("number").to_number<std::uint64_t>(),
                                                *parse_time(std::string_view(one.at("time").as_string())), session));
      pointers.push_back(&responses[i]);
    }
    finish(pointers);
    for (std::size_t i = 0; i < statements.size(); ++i) {
      const auto body = parse_json(std::get<std::string>(responses[i].body));
      ASSERT_TRUE(body);
      EXPECT_EQ(body->at("receipt"), batch.at("receipts").at(i));
      const auto verified = keys_->verify(std::string_view(body->at("receipt").as_string()));
      ASSERT_TRUE(verified) << verified.error().what;
      json::object stated = verified_json(*verified);
      EXPECT_EQ(stated.at("key_id"), json::value(text_at("key_id")));
      stated.erase("key_id");
      EXPECT_EQ(json::value(stated), statements[i]);
    }
  }
}

TEST_F(ReceiptVectors, AreRefused) {
  for (const json::value& one : vectors_.at("refused").as_array()) {
    EXPECT_FALSE(keys_->verify(std::string_view(one.at("receipt").as_string()))) << one.at("because").as_string();
  }
}

TEST_F(ReceiptVectors, HashSessions) {
  for (const json::value& one : vectors_.at("sessions").as_array()) {
    const auto hash = session_hash(one.at("site").as_string(), one.at("session").as_string(), crypto_);
    EXPECT_EQ(to_base64url(footfall::bytes_of(hash)), std::string_view(one.at("hash").as_string()));
  }
}

TEST_F(ReceiptVectors, DrawTheSameWinners) {
  for (const json::value& draw : vectors_.at("draws").as_array()) {
    const std::string seed = bytes_of_hex(draw.at("seed").as_string());
    EXPECT_EQ(to_hex(crypto_.sha256(seed)), std::string_view(draw.at("commitment").as_string()));
    json::array wins;
    for (std::uint64_t number = 1; number <= 200; ++number) {
      const auto digest =
          crypto_.hmac_sha256(seed, draw_text(draw.at("site").as_string(), draw.at("key").as_string(), number));
      if (remainder_of(digest, draw.at("one_in").to_number<std::uint64_t>()) == 0) wins.push_back(number);
    }
    EXPECT_EQ(json::serialize(wins), json::serialize(draw.at("wins")));
  }
}

}  // namespace
}  // namespace footfall
