// A view whose id an app of the site has told its page: the app's server and the page's script report it, in any order,
// and it is one hit.
#include <gtest/gtest.h>

#include "app/collector.h"
#include "base/text.h"
#include "domain/limits.h"
#include "testing/fake_clock.h"
#include "testing/memory_journal.h"

namespace footfall {
namespace {

using std::chrono::seconds;

constexpr std::string_view id = "6f9619ff-8b86-4011-b42d-00c04fc964ff";
constexpr std::string_view other_address = "198.51.100.7";

class ToldView : public testing::Test {
 protected:
  void SetUp() override { restart(); }

  // A new process over the same journal.
  void restart() {
    auto restored = Collector::restore(journal_, clock_, SipKey{1, 2}, {});
    ASSERT_TRUE(restored) << restored.error().what;
    collector_ = std::move(*restored);
  }

  [[nodiscard]] Hit hit(Source source, std::string_view path = "/a", std::string_view ip = "203.0.113.9") const {
    Hit hit;
    hit.time = clock_.now();
    hit.site = "example.com";
    hit.path = path;
    hit.source = source;
    hit.ip = *Address::parse(ip);
    hit.user_agent = "Firefox";
    hit.id = id;
    if (source == Source::script) hit.title = "Title";
    return hit;
  }
  Recorded server(std::string_view path = "/a", std::string_view ip = "203.0.113.9") {
    const Hit said = hit(Source::api, path, ip);
    const auto recorded = collector_->record(std::span(&said, 1));
    EXPECT_TRUE(recorded) << recorded.error().what;
    return recorded->at(0);
  }
  Recorded script(IdProof proof, std::string_view path = "/a", std::string_view ip = "203.0.113.9") {
    const auto recorded = collector_->record_told_view(hit(Source::script, path, ip), proof);
    EXPECT_TRUE(recorded) << recorded.error().what;
    return *recorded;
  }
  [[nodiscard]] std::uint64_t views() const {
    const auto reading = collector_->counter("example.com", total_key);
    return reading ? reading->value : 0;
  }
  [[nodiscard]] std::vector<Record> in_journal() {
    reader_ = journal_.read_from(0);
    std::vector<Record> records;
    const auto read = reader_->read(1'000'000);
    for (const JournalRecord& entry : *read) records.push_back(*decode(entry.bytes));
    return records;
  }

  FakeClock clock_{instant_of(1'795'251'600'000)};
  MemoryJournal journal_{clock_};
  std::unique_ptr<JournalReader> reader_;
  std::unique_ptr<Collector> collector_;
};

TEST_F(ToldView, IsCompletedByItsScriptWhenTheServerCameFirst) {
  const Recorded first = server();
  EXPECT_TRUE(script(IdProof::token).completed);
  EXPECT_TRUE(script(IdProof::token).repeated) << "once";
  EXPECT_EQ(views(), 1U);
  const auto journal = in_journal();
  ASSERT_EQ(journal.size(), 2U);
  EXPECT_EQ(std::get<Completion>(journal[1]).hit, first.position);
  EXPECT_EQ(std::get<Completion>(journal[1]).title, "Title");
  EXPECT_TRUE(server().repeated) << "and the server's retry is known";
  restart();
  EXPECT_TRUE(script(IdProof::token).repeated) << "also after a crash";
  EXPECT_EQ(views(), 1U);
}

TEST_F(ToldView, IsRecordedByItsScriptWhenThatCameFirst) {
  const Recorded first = script(IdProof::token);
  EXPECT_FALSE(first.completed);
  EXPECT_FALSE(first.repeated);
  const auto journal = in_journal();
  ASSERT_EQ(journal.size(), 1U);
  EXPECT_EQ(std::get<Hit>(journal[0]).id, id) << "so that the id leads to it";
  EXPECT_TRUE(server().repeated);
  EXPECT_TRUE(script(IdProof::token).repeated);
  EXPECT_EQ(views(), 1U);
  restart();
  EXPECT_TRUE(server().repeated) << "also after a crash between the two";
  EXPECT_TRUE(script(IdProof::token).repeated);
  EXPECT_EQ(views(), 1U);
}

TEST_F(ToldView, NeedsNoProofFromTheVisitorWhomTheServerSaw) {
  EXPECT_FALSE(script(IdProof::none).completed);
  EXPECT_TRUE(server().repeated);
  EXPECT_EQ(views(), 1U);
  clock_.advance(retry_window + seconds(1));
  server();
  EXPECT_TRUE(script(IdProof::none).completed) << "in the other order as well";
  EXPECT_EQ(views(), 2U);
}

// Who guesses an id gets nothing out of it: neither is the hit of another changed, nor kept from being counted.
TEST_F(ToldView, WithoutAProofIsNothingToDoWithAnotherVisitor) {
  server();
  EXPECT_FALSE(script(IdProof::none, "/a", other_address).completed) << "a hit of its own";
  EXPECT_EQ(views(), 2U);
  EXPECT_EQ(std::get<Hit>(in_journal().at(1)).id, "");
  EXPECT_TRUE(script(IdProof::none).completed) << "the visitor's own script is still believed";
  EXPECT_EQ(views(), 2U);
}

TEST_F(ToldView, WithoutAProofDoesNotKeepTheServersHitOut) {
  script(IdProof::none, "/a", other_address);
  EXPECT_FALSE(server().repeated);
  EXPECT_TRUE(server().repeated) << "whose retries are known from then on";
  EXPECT_TRUE(script(IdProof::none).completed);
  EXPECT_EQ(views(), 2U);
}

// A visitor whose page and whose script come by different addresses (IPv4 and IPv6).
TEST_F(ToldView, WithAProofMayComeFromAnotherAddress) {
  server();
  EXPECT_TRUE(script(IdProof::token, "/a", other_address).completed);
  EXPECT_EQ(views(), 1U);
}

TEST_F(ToldView, OfAnotherPageIsAnotherView) {
  server("/a");
  EXPECT_FALSE(script(IdProof::token, "/b").completed);
  EXPECT_EQ(views(), 2U);
  clock_.advance(retry_window + seconds(1));
  script(IdProof::token, "/b");
  EXPECT_FALSE(server("/a").repeated) << "in the other order as well";
  EXPECT_EQ(views(), 4U);
}

TEST_F(ToldView, IsTheSamePageHoweverItsPathIsWritten) {
  server("/caf%C3%A9/~a");
  EXPECT_TRUE(script(IdProof::token, "/caf\xC3\xA9/%7ea#top").completed);
  EXPECT_EQ(views(), 1U);
}

TEST_F(ToldView, ShownBySeveralComesFromASharedCache) {
  server();
  script(IdProof::token);
  const Recorded other = script(IdProof::token, "/a", other_address);
  EXPECT_FALSE(other.completed);
  EXPECT_FALSE(other.repeated);
  EXPECT_EQ(views(), 2U);
  EXPECT_EQ(std::get<Hit>(in_journal().at(2)).kind, Kind::cached);
  EXPECT_EQ(std::get<Hit>(in_journal().at(2)).id, "");
}

TEST_F(ToldView, OfATabThatWaitedLongIsTheServersAlone) {
  const std::int64_t made = milliseconds_of(clock_.now());
  std::string told(36, '-');
  const std::string hex = to_hex(std::as_bytes(std::span(&made, 1)));  // little-endian
  for (int i = 0; i < 6; ++i) {
    const auto at = static_cast<std::size_t>(i * 2 + (i >= 4 ? 1 : 0));
    told.replace(at, 2, hex.substr(static_cast<std::size_t>(10 - 2 * i), 2));
  }
  told.replace(14, 22, "7000-8000-000000000000");
  Hit said = hit(Source::api);
  said.id = told;
  ASSERT_TRUE(collector_->record(std::span(&said, 1)));
  clock_.advance(retry_window + seconds(1));
  Hit view = hit(Source::script);
  view.id = told;
  EXPECT_TRUE(collector_->record_told_view(view, IdProof::token)->completed);
  EXPECT_EQ(views(), 1U);
  EXPECT_FALSE(collector_->record_told_view(view, IdProof::none)->completed) << "an age must be proven";
}

TEST_F(ToldView, IsLeftToBeSentAgainWhenThereIsNoRoom) {
  journal_.refuse(JournalRefusal::disk_full);
  EXPECT_FALSE(collector_->record_told_view(hit(Source::script), IdProof::token));
  journal_.refuse(JournalRefusal::none);
  EXPECT_FALSE(script(IdProof::token).repeated);
  EXPECT_EQ(views(), 1U);
}

}  // namespace
}  // namespace footfall
