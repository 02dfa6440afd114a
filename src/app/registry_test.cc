#include "app/registry.h"

#include <gtest/gtest.h>

#include "testing/fake_clock.h"
#include "testing/fake_crypto.h"
#include "testing/memory_file.h"

namespace footfall {
namespace {

class RegistryTest : public testing::Test {
 protected:
  void SetUp() override { registry_ = open(); }
  std::unique_ptr<Registry> open() {
    auto opened = Registry::open(file_, crypto_, clock_);
    EXPECT_TRUE(opened);
    return std::move(*opened);
  }
  void put(const char* site) { ASSERT_TRUE(registry_->put_site({site, {}})); }

  FakeClock clock_;
  FakeCrypto crypto_;
  MemoryFile file_;
  std::unique_ptr<Registry> registry_;
};

// --- sites ---

TEST_F(RegistryTest, KnowsNoSiteAtFirst) {
  EXPECT_TRUE(registry_->now()->sites.empty());
  EXPECT_EQ(registry_->site("example.com"), nullptr);
}

TEST_F(RegistryTest, RegistersASiteUnderItsPlainName) {
  put("Example.COM:8080");
  ASSERT_NE(registry_->site("example.com"), nullptr);
  EXPECT_EQ(registry_->site("example.com")->name, "example.com");
  EXPECT_EQ(registry_->site("example.com")->rules.idle, session_idle_default);
  EXPECT_EQ(registry_->site("Example.COM"), nullptr) << "callers ask by the plain name";
}

TEST_F(RegistryTest, ChangesTheRulesOfASite) {
  put("example.com");
  ASSERT_TRUE(registry_->put_site({"example.com", {std::chrono::minutes(5), std::chrono::minutes(60)}}));
  EXPECT_EQ(registry_->site("example.com")->rules.idle, std::chrono::minutes(5));
  EXPECT_EQ(registry_->now()->sites.size(), 1U);
}

TEST_F(RegistryTest, RefusesWhatIsNoSite) {
  EXPECT_EQ(registry_->put_site({"exa mple", {}}).error().field, "site");
  EXPECT_FALSE(registry_->put_site({"example.com", {Milliseconds(0), std::chrono::minutes(60)}}));
  EXPECT_FALSE(registry_->put_site({"example.com", {std::chrono::minutes(60), std::chrono::minutes(59)}}));
  EXPECT_TRUE(registry_->put_site({"example.com", {std::chrono::minutes(60), std::chrono::minutes(60)}}));
}

TEST_F(RegistryTest, RemovesASite) {
  put("example.com");
  ASSERT_TRUE(registry_->remove_site("example.com"));
  EXPECT_EQ(registry_->site("example.com"), nullptr);
  EXPECT_EQ(registry_->remove_site("example.com").error().code, ErrorCode::not_found);
}

TEST_F(RegistryTest, GivesSnapshotsThatDoNotChange) {
  put("example.com");
  const auto before = registry_->now();
  const auto site = registry_->site("example.com");
  ASSERT_TRUE(registry_->remove_site("example.com"));
  EXPECT_EQ(before->sites.size(), 1U);
  EXPECT_EQ(site->name, "example.com");
}

// --- tokens ---

TEST_F(RegistryTest, MakesATokenAndKeepsOnlyItsDigest) {
  put("example.com");
  const auto made = registry_->make_token(Role::read, {"example.com"}, "for the charts");
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->text.starts_with("ff_read_"));
  EXPECT_GE(made->text.size(), std::string("ff_read_").size() + 43) << "256 bits of base64url";
  EXPECT_EQ(file_.text->find(made->text), std::string::npos) << "a copy of the file opens nothing";
  const auto token = registry_->token(made->text);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->role, Role::read);
  EXPECT_EQ(token->label, "for the charts");
  EXPECT_EQ(token->made, clock_.now());
  EXPECT_EQ(token->id, made->token.id);
}

TEST_F(RegistryTest, OpensTheSitesOfATokenOrAll) {
  put("example.com");
  put("example.org");
  const auto one = registry_->make_token(Role::read, {"example.com"}, "");
  const auto every = registry_->make_token(Role::read, {}, "");
  EXPECT_TRUE(registry_->token(one->text)->opens("example.com"));
  EXPECT_FALSE(registry_->token(one->text)->opens("example.org"));
  EXPECT_TRUE(registry_->token(every->text)->opens("example.org"));
}

TEST_F(RegistryTest, MakesNoTokenForASiteThatIsNotRegistered) {
  const auto made = registry_->make_token(Role::read, {"example.com"}, "");
  EXPECT_EQ(made.error().code, ErrorCode::not_found);
  EXPECT_TRUE(registry_->now()->tokens.empty());
}

TEST_F(RegistryTest, KnowsNoOtherToken) {
  const auto made = registry_->make_token(Role::admin, {}, "");
  EXPECT_FALSE(registry_->token(""));
  EXPECT_FALSE(registry_->token(made->text + "x"));
  EXPECT_FALSE(registry_->token(made->text.substr(1)));
  EXPECT_FALSE(registry_->token(made->token.digest)) << "the digest is no token";
}

TEST_F(RegistryTest, RevokesATokenByItsId) {
  const auto made = registry_->make_token(Role::admin, {}, "");
  ASSERT_TRUE(registry_->remove_token(made->token.id));
  EXPECT_FALSE(registry_->token(made->text));
  EXPECT_EQ(registry_->remove_token(made->token.id).error().code, ErrorCode::not_found);
}

TEST_F(RegistryTest, AdoptsATokenWithoutWritingItDown) {
  registry_->adopt("from the environment", Role::admin);
  EXPECT_EQ(registry_->token("from the environment")->role, Role::admin);
  EXPECT_TRUE(registry_->token("from the environment")->opens("any.example"));
  EXPECT_EQ(file_.text, std::nullopt);
  EXPECT_FALSE(open()->token("from the environment"));
}

// --- the file ---

TEST_F(RegistryTest, FindsEverythingAgainAfterARestart) {
  ASSERT_TRUE(registry_->put_site({"example.com", {std::chrono::seconds(90), std::chrono::seconds(600)}}));
  const auto made = registry_->make_token(Role::ingest, {"example.com"}, "django \"1\"");
  const auto again = open();
  EXPECT_EQ(again->site("example.com")->rules.idle, std::chrono::seconds(90));
  EXPECT_EQ(again->site("example.com")->rules.max, std::chrono::seconds(600));
  const auto token = again->token(made->text);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->role, Role::ingest);
  EXPECT_EQ(token->label, "django \"1\"");
  EXPECT_EQ(token->sites, std::vector<std::string>{"example.com"});
  EXPECT_EQ(token->made, made->token.made);
}

TEST_F(RegistryTest, SeesWhatAnotherProcessChangedOnceItRefreshes) {
  const auto other = open();
  ASSERT_TRUE(other->put_site({"example.com", {}}));
  EXPECT_EQ(registry_->site("example.com"), nullptr);
  ASSERT_TRUE(registry_->refresh());
  EXPECT_NE(registry_->site("example.com"), nullptr);
}

TEST_F(RegistryTest, LosesNoChangeOfAnotherProcess) {
  const auto other = open();
  ASSERT_TRUE(other->put_site({"example.org", {}}));
  put("example.com");
  EXPECT_EQ(registry_->now()->sites.size(), 2U);
  EXPECT_EQ(open()->now()->sites.size(), 2U);
}

TEST_F(RegistryTest, KeepsWhatItHasWhenTheFileCannotBeWritten) {
  put("example.com");
  file_.refuses = true;
  EXPECT_EQ(registry_->put_site({"example.org", {}}).error().code, ErrorCode::unavailable);
  EXPECT_EQ(registry_->site("example.org"), nullptr) << "what is not on disk is not registered";
  EXPECT_EQ(registry_->remove_site("example.com").error().code, ErrorCode::unavailable);
  EXPECT_NE(registry_->site("example.com"), nullptr);
}

TEST_F(RegistryTest, DoesNotOpenADamagedFile) {
  for (const char* text :
       {"", "{", "[]", "{}", R"({"sites":[],"tokens":7})", R"({"sites":[{"site":1}],"tokens":[]})",
        R"({"sites":[],"tokens":[{"id":"1","role":"king","sites":[],"sha256":"","label":"","made":""}]})"}) {
    SCOPED_TRACE(text);
    MemoryFile file{text};
    const auto opened = Registry::open(file, crypto_, clock_);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
  }
}

TEST_F(RegistryTest, KeepsServingWhatItKnewWhenTheFileIsDamagedLater) {
  put("example.com");
  ASSERT_TRUE(file_.replace("{"));
  EXPECT_EQ(registry_->refresh().error().code, ErrorCode::corrupt);
  EXPECT_NE(registry_->site("example.com"), nullptr);
}

TEST(Role, HasANameAndIsFoundByIt) {
  for (const Role role : {Role::ingest, Role::read, Role::admin}) EXPECT_EQ(role_named(name_of(role)), role);
  EXPECT_EQ(role_named("owner"), std::nullopt);
}

}  // namespace
}  // namespace footfall
