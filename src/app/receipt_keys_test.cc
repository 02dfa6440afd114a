// Receipts: what they state, who signed them, and that nothing in them can be changed.
#include "app/receipt_keys.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "testing/fake_clock.h"
#include "testing/fake_crypto.h"
#include "testing/memory_file.h"

namespace footfall {
namespace {

class Receipts : public testing::Test {
 protected:
  std::unique_ptr<ReceiptKeys> open() {
    auto opened = ReceiptKeys::open(file_, crypto_, clock_);
    EXPECT_TRUE(opened) << opened.error().what;
    return opened ? std::move(*opened) : nullptr;
  }
  // The receipts of so many responses that become ready together.
  std::vector<std::string> receipts(ReceiptKeys& keys, std::size_t count) {
    std::vector<Response> responses(count);
    std::vector<Response*> pointers;
    for (std::size_t i = 0; i < count; ++i) {
      responses[i].body = std::string(R"({"value":)") + std::to_string(i + 1);
      keys.seal(responses[i], statement_bytes("example.com", "likes", i + 1, clock_.now(), session_));
      pointers.push_back(&responses[i]);
    }
    finish(pointers);
    std::vector<std::string> texts;
    for (const Response& response : responses) {
      const auto body = parse_json(std::get<std::string>(response.body));
      EXPECT_TRUE(body);
      EXPECT_EQ(response.finisher, nullptr) << "once";
      texts.emplace_back(std::string_view(body->at("receipt").as_string()));
    }
    return texts;
  }

  FakeClock clock_;
  FakeCrypto crypto_;
  MemoryFile file_;
  std::string session_ = session_hash("example.com", "a session", crypto_);
};

TEST_F(Receipts, StateSiteKeyNumberTimeAndSession) {
  const auto keys = open();
  const auto verified = keys->verify(receipts(*keys, 1)[0]);
  ASSERT_TRUE(verified) << verified.error().what;
  EXPECT_EQ(verified->statement.site, "example.com");
  EXPECT_EQ(verified->statement.key, "likes");
  EXPECT_EQ(verified->statement.number, 1U);
  EXPECT_EQ(verified->statement.time, clock_.now());
  EXPECT_EQ(verified->statement.session, session_);
  EXPECT_EQ(verified->key, keys->keys()[0].id);
}

TEST_F(Receipts, ThatBecomeReadyTogetherAreEachGoodAlone) {
  const auto keys = open();
  for (const std::size_t count : {2U, 3U, 64U, 1'500U}) {
    const auto texts = receipts(*keys, count);
    for (std::size_t i = 0; i<count; i += count> 100 ? 97 : 1) {
      const auto verified = keys->verify(texts[i]);
      ASSERT_TRUE(verified) << verified.error().what;
      EXPECT_EQ(verified->statement.number, i + 1);
    }
  }
}

TEST_F(Receipts, AreRefusedWhenAnyByteIsAnother) {
  const auto keys = open();
  const std::string good = receipts(*keys, 3)[1];
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string altered = good;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(keys->verify(altered)) << "byte " << i;
  }
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(keys->verify(good.substr(0, size)));
  EXPECT_FALSE(keys->verify(good + "A"));
}

TEST_F(Receipts, OfAnotherServerAreRefused) {
  const auto keys = open();
  MemoryFile other_file;
  const auto other = std::move(*ReceiptKeys::open(other_file, crypto_, clock_));
  const auto refused = keys->verify(receipts(*other, 1)[0]);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unauthorized);
}

TEST_F(Receipts, StayGoodWhenTheKeyIsReplacedAndAfterARestart) {
  auto keys = open();
  const std::string before = receipts(*keys, 1)[0];
  clock_.advance(std::chrono::hours(1));
  ASSERT_TRUE(keys->rotate());
  const std::string after = receipts(*keys, 1)[0];
  keys = open();
  ASSERT_EQ(keys->keys().size(), 2U);
  EXPECT_EQ(keys->verify(before)->key, keys->keys()[0].id);
  EXPECT_EQ(keys->verify(after)->key, keys->keys()[1].id);
  EXPECT_EQ(keys->keys()[1].from, clock_.now());
  EXPECT_EQ(keys->verify(receipts(*keys, 1)[0])->key, keys->keys()[1].id) << "the new one signs";
}

TEST_F(Receipts, AreNotSignedWithAKeyThatIsNotOnDisk) {
  const auto keys = open();
  file_.refuses = true;
  EXPECT_FALSE(keys->rotate());
  EXPECT_EQ(keys->keys().size(), 1U);
}

TEST_F(Receipts, NeedAKeyFileThatIsWhole) {
  open();
  for (const char* text : {"", "{}", R"({"keys":[],"secret":"AA"})"}) {
    ASSERT_TRUE(file_.replace(text));
    const auto opened = ReceiptKeys::open(file_, crypto_, clock_);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
  }
}

TEST_F(Receipts, AreVerifiedElsewhereWithThePublicKeys) {
  const auto keys = open();
  const std::string receipt = receipts(*keys, 2)[0];
  const std::string published = json::serialize(keys_json(keys->keys()));
  EXPECT_EQ(published.find("secret"), std::string::npos);
  for (const std::string& text : {published, to_base64url(keys->keys()[0].key) + "\n"}) {
    const auto read = read_public_keys(text, crypto_);
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_TRUE(verify_receipt(receipt, *read, crypto_));
  }
  for (const char* text : {"", "AAAA", "{}", R"({"keys":[{"public_key":"AAAA"}]})"}) {
    EXPECT_FALSE(read_public_keys(text, crypto_)) << text;
  }
}

TEST_F(Receipts, HashASessionSoThatItFitsOnOneSiteOnly) {
  EXPECT_EQ(session_.size(), 16U);
  EXPECT_NE(session_, session_hash("example.org", "a session", crypto_));
  EXPECT_EQ(session_hash("example.com", "", crypto_), "");
}

}  // namespace
}  // namespace footfall
