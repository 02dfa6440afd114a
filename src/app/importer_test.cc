#include "app/importer.h"

#include <gtest/gtest.h>

#include "domain/limits.h"
#include "testing/fake_clock.h"
#include "testing/memory_journal.h"
#include "testing/memory_store.h"

namespace footfall {
namespace {

class ImporterTest : public testing::Test {
 protected:
  void SetUp() override { restart(); }

  // A new process; the store has whatever was handed to it.
  void restart() {
    collector_ = std::move(*Collector::restore(journal_, clock_, SipKey{1, 2}, {}));
    importer_ = std::make_unique<Importer>(*collector_, store_, clock_, SipKey{3, 4});
  }

  static std::string line(int second, const std::string& target = "/about", const std::string& method = "GET",
                          int status = 200) {
    std::string clock = std::to_string(second % 60);
    if (clock.size() == 1) clock.insert(clock.begin(), '0');
    std::string minute = std::to_string(second / 60 % 60);
    if (minute.size() == 1) minute.insert(minute.begin(), '0');
    return "203.0.113.9 - - [17/May/2015:10:" + minute + ":" + clock + " +0000] \"" + method + " " + target +
           " HTTP/1.1\" " + std::to_string(status) + " 10 \"-\" \"Firefox\"\n";
  }
  static std::string log(int lines, int from = 0) {
    std::string text;
    for (int i = from; i < from + lines; ++i) text += line(i);
    return text;
  }

  // A file, in blocks of `block_lines` lines.
  ImportCounts import(const std::string& text, std::size_t block_lines = import_block_lines,
                      const std::string& site = "example.com") {
    ImportCounts counts;
    ImportChain chain;
    std::size_t at = 0;
    while (at < text.size()) {
      std::size_t end = at;
      for (std::size_t lines = 0; lines < block_lines && end < text.size(); ++lines) {
        const std::size_t newline = text.find('\n', end);
        end = newline == std::string::npos ? text.size() : newline + 1;
      }
      const auto block = importer_->import_block(site, LogFormat::automatic, chain, text.substr(at, end - at));
      EXPECT_TRUE(block) << block.error().what;
      if (!block) break;
      chain = block->chain;
      counts.add(block->counts);
      at = end;
    }
    return counts;
  }
  ImportCounts import_line(const std::string& text) { return import(text); }

  std::vector<std::string> paths() {
    std::vector<std::string> found;
    const auto reader = journal_.read_from(0);
    const auto records = reader->read(1'000'000);
    for (const JournalRecord& entry : *records) {
      const auto record = decode(entry.bytes);
      if (const auto* hit = std::get_if<Hit>(&*record)) found.emplace_back(hit->path);
    }
    return found;
  }
  // What the processor would do with the marks.
  void store_everything() {
    const auto offset = *store_.offset();
    const auto reader = journal_.read_from(offset);
    const auto records = reader->read(1'000'000);
    std::vector<ImportMark> marks;
    for (const JournalRecord& entry : *records) {
      const auto record = decode(entry.bytes);
      if (const auto* mark = std::get_if<ImportMark>(&*record)) marks.push_back(*mark);
    }
    StoreBatch batch;
    batch.from = offset;
    batch.to = reader->position();
    batch.import_marks = marks;
    ASSERT_TRUE(store_.commit(batch));
  }

  FakeClock clock_;
  MemoryJournal journal_{clock_};
  MemoryStore store_;
  std::unique_ptr<Collector> collector_;
  std::unique_ptr<Importer> importer_;
};

// --- what a line becomes ---

TEST_F(ImporterTest, MakesAHitOfALine) {
  const auto counts = import_line(line(7, "/caf%C3%A9?q=1&ff=1#part"));
  EXPECT_EQ(counts.recorded, 1U);
  const auto reader = journal_.read_from(0);
  const auto records = reader->read(10);
  const auto record = decode((*records)[0].bytes);
  const Hit& hit = std::get<Hit>(*record);
  EXPECT_EQ(hit.site, "example.com");
  EXPECT_EQ(hit.path, "/caf%C3%A9") << "as sent, without query and fragment";
  EXPECT_EQ(hit.query, "q=1") << "the marker is never stored";
  EXPECT_EQ(to_rfc3339(hit.time), "2015-05-17T10:00:07.000Z");
  EXPECT_EQ(hit.ip.text(), "203.0.113.9");
  EXPECT_EQ(hit.user_agent, "Firefox");
  EXPECT_EQ(hit.source, Source::log);
  EXPECT_EQ(hit.kind, Kind::load);
}

TEST_F(ImporterTest, TellsWhyALineWasLeftOut) {
  const auto only = [](const ImportCounts& counts, LeftOut reason) {
    std::uint64_t all = 0;
    for (const std::uint64_t count : counts.left_out) all += count;
    return counts.lines == 1 && all == 1 && counts.left_out.at(static_cast<std::size_t>(reason)) == 1 &&
           counts.recorded == 0 && counts.malformed == 0;
  };
  EXPECT_TRUE(only(import_line(line(1, "/about", "POST")), LeftOut::method));
  EXPECT_TRUE(only(import_line(line(2, "/about", "HEAD")), LeftOut::method));
  EXPECT_TRUE(only(import_line(line(3, "/about", "GET", 404)), LeftOut::status));
  EXPECT_TRUE(only(import_line(line(4, "/about", "GET", 301)), LeftOut::status));
  EXPECT_TRUE(only(import_line(line(5, "/style.css")), LeftOut::asset));
  EXPECT_TRUE(only(import_line("example.org:80 " + line(6)), LeftOut::other_site));
  const std::string tomorrow =
      "203.0.113.9 - - [22/Nov/2026:09:03:00 +0000] \"GET / HTTP/1.1\" 200 10 \"-\" \"Firefox\"\n";
  EXPECT_TRUE(only(import_line(tomorrow), LeftOut::future));
  EXPECT_TRUE(paths().empty());
}

TEST_F(ImporterTest, RecordsAnswersOf2xxAnd304) {
  for (const int status : {200, 206, 299, 304}) EXPECT_EQ(import_line(line(status, "/", "GET", status)).recorded, 1U);
}

TEST_F(ImporterTest, RecordsALineOfTheSiteWhereTheHostStandsInFront) {
  EXPECT_EQ(import_line("Example.com:443 " + line(1)).recorded, 1U);
}

TEST_F(ImporterTest, TakesTwoSlashesForAPathAndNotForAHost) {
  EXPECT_EQ(import_line(line(1, "//about")).recorded, 1U);
  EXPECT_EQ(paths(), std::vector<std::string>{"//about"});
}

TEST_F(ImporterTest, CallsDamagedLinesMalformedAndGoesOn) {
  const std::string text = line(1) + "not a log line\n" + "\n" + line(2) +
                           line(3, "/" + std::string(path_bytes_max, 'a')) + std::string(log_line_bytes_max + 1, 'x') +
                           "\n" + line(4, "*");
  const auto counts = import(text);
  EXPECT_EQ(counts.lines, 7U);
  EXPECT_EQ(counts.recorded, 2U);
  EXPECT_EQ(counts.malformed, 5U);
}

TEST_F(ImporterTest, TakesAPathAsLongAsPathsMayBe) {
  EXPECT_EQ(import_line(line(1, "/" + std::string(path_bytes_max - 1, 'a'))).recorded, 1U);
  EXPECT_EQ(import_line(line(1, "/" + std::string(path_bytes_max, 'a'))).malformed, 1U);
}

TEST_F(ImporterTest, CleansWhatIsNotText) {
  EXPECT_EQ(import_line(line(1, "/\x01\x7F\xFF")).recorded, 1U);
  EXPECT_EQ(import_line(line(2, "/caf\xC3\xA9")).recorded, 1U);
  EXPECT_EQ(paths(), (std::vector<std::string>{"/  \xEF\xBF\xBD", "/caf\xC3\xA9"}));
}

// --- once ---

TEST_F(ImporterTest, AddsNothingASecondTime) {
  const std::string text = log(100);
  EXPECT_EQ(import(text, 10).recorded, 100U);
  for (const std::size_t block_lines : {10U, 20U, 1'000U}) {
    SCOPED_TRACE(block_lines);
    const auto again = import(text, block_lines);
    EXPECT_EQ(again.lines, 100U);
    EXPECT_EQ(again.repeated, 100U);
    EXPECT_EQ(again.recorded, 0U);
  }
  EXPECT_EQ(paths().size(), 100U);
}

TEST_F(ImporterTest, AddsNothingASecondTimeAfterARestart) {
  const std::string text = log(100);
  import(text, 10);
  store_everything();
  restart();
  EXPECT_EQ(import(text, 10).repeated, 100U);
  EXPECT_EQ(paths().size(), 100U);
}

TEST_F(ImporterTest, AddsOfAGrownFileOnlyTheNews) {
  import(log(95), 10);
  const auto grown = import(log(130), 10);
  EXPECT_EQ(grown.repeated, 95U);
  EXPECT_EQ(grown.recorded, 35U);
  EXPECT_EQ(import(log(130), 10).repeated, 130U);
}

TEST_F(ImporterTest, AddsOfAGrownFileOnlyTheNewsAlsoWhenItWasReadInTheMiddleOfALine) {
  const std::string whole = log(30);
  const std::size_t cut = log(20).size() + 40;  // 20 lines and a part of the next
  const auto first = import(whole.substr(0, cut), 10);
  EXPECT_EQ(first.recorded, 20U);
  EXPECT_EQ(first.malformed, 1U);
  const auto grown = import(whole, 10);
  EXPECT_EQ(grown.recorded, 10U) << "the line that was cut, and what came behind it";
  EXPECT_EQ(grown.repeated, 20U);
  EXPECT_EQ(paths().size(), 30U);
}

TEST_F(ImporterTest, CountsTheLastLineOfAFileThatDoesNotEndInALineEnd) {
  std::string text = log(3);
  text.pop_back();
  const auto counts = import(text);
  EXPECT_EQ(counts.lines, 3U);
  EXPECT_EQ(counts.recorded, 3U);
  EXPECT_EQ(import(text).repeated, 3U);
  EXPECT_EQ(import(text + "\n").repeated, 3U);
}

TEST_F(ImporterTest, CountsTheSameLineTwiceWhenTheServerWroteItTwice) {
  EXPECT_EQ(import(line(1) + line(1) + line(1)).recorded, 3U);
}

TEST_F(ImporterTest, TakesTheSameLogForAnotherSiteAsAnotherLog) {
  const std::string text = log(10);
  EXPECT_EQ(import(text).recorded, 10U);
  EXPECT_EQ(import(text, import_block_lines, "example.org").recorded, 10U);
}

TEST_F(ImporterTest, TakesALogThatBeginsElsewhereForAnotherLog) {
  import(log(10));
  EXPECT_EQ(import(log(10, 5)).recorded, 10U) << "only a beginning is recognised";
}

TEST_F(ImporterTest, AddsNothingOfABlockThatHadNoRoomAndAllOfItLater) {
  journal_.refuse(JournalRefusal::disk_full);
  const auto refused = importer_->import_block("example.com", LogFormat::automatic, {}, log(10));
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(paths().empty());
  journal_.refuse(JournalRefusal::none);
  EXPECT_EQ(import(log(10)).recorded, 10U);
  EXPECT_EQ(import(log(10)).repeated, 10U);
}

TEST_F(ImporterTest, NamesThePositionBehindWhichABlockIsSafe) {
  const auto block = importer_->import_block("example.com", LogFormat::automatic, {}, log(10));
  EXPECT_EQ(block->position, 10U) << "the mark behind ten hits";
  EXPECT_EQ(block->chain.lines, 10U);
  const auto again = importer_->import_block("example.com", LogFormat::automatic, {}, log(10));
  EXPECT_EQ(again->position, std::nullopt) << "nothing to wait for";
  EXPECT_EQ(again->chain.hash, block->chain.hash);
}

TEST_F(ImporterTest, RemembersABlockInWhichNothingWasRecorded) {
  const std::string text = line(1, "/style.css") + line(2, "/a.js");
  EXPECT_EQ(import(text).left_out.at(static_cast<std::size_t>(LeftOut::asset)), 2U);
  EXPECT_EQ(import(text).repeated, 2U);
}

TEST_F(ImporterTest, CountsWhatItRecordsAsPageViews) {
  import(log(10));
  EXPECT_EQ(collector_->counter("example.com", "/about")->value, 10U);
}

TEST(ImportBlock, FitsInOneAppendHoweverItsLinesAreMade) {
  // The largest records that a block of log lines can become: every line a hit with its site and fixed fields.
  static_assert(import_block_bytes_max + import_block_lines * (site_bytes_max + 128) <= frame_bytes_max);
}

}  // namespace
}  // namespace footfall
