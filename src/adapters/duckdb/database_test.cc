#include "adapters/duckdb/database.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "adapters/duckdb/schema.h"
#include "adapters/duckdb/store_fixture.h"

namespace footfall::duckdb {
namespace {

namespace fs = std::filesystem;

class DatabaseOnDisk : public testing::Test {
 protected:
  Result<std::unique_ptr<DuckDatabase>> open() {
    DatabaseOptions options;
    options.folder = folder_.path() / "data";
    options.threads = 1;
    options.memory_bytes = 100U << 20U;
    options.report = [this](std::string_view line) { reports_.emplace_back(line); };
    return DuckDatabase::open(options);
  }
  // Text of a setting as DuckDB shows it.
  static std::string setting(DuckDatabase& database, const std::string& name) {
    auto connection = database.borrow();
    auto rows = (*connection)->query("SELECT value FROM duckdb_settings() WHERE name = '" + name + "'");
    EXPECT_TRUE(rows && *rows->next()) << name;
    return std::string(rows->text(0, 0));
  }

  TemporaryFolder folder_;
  std::vector<std::string> reports_;
};

TEST_F(DatabaseOnDisk, HasItsTablesFromTheFirstStart) {
  for (int start = 0; start < 2; ++start) {
    auto database = open();
    ASSERT_TRUE(database) << database.error().what;
    auto connection = (*database)->borrow();
    EXPECT_EQ(**(*connection)->number("SELECT version FROM store"), schema_version);
    EXPECT_EQ(**(*connection)->number("SELECT position FROM processed"), 0);
    EXPECT_EQ(**(*connection)->number("SELECT count(*) FROM visits"), 0);
    EXPECT_EQ((*database)->log_bytes(), 0U);
  }
  EXPECT_TRUE(reports_.empty());
}

TEST_F(DatabaseOnDisk, IsOpenedWithItsBoundsAndKeepsThem) {
  auto database = open();
  ASSERT_TRUE(database) << database.error().what;
  EXPECT_EQ(setting(**database, "memory_limit"), "100.0 MiB");
  EXPECT_EQ(setting(**database, "threads"), "1");
  EXPECT_EQ(setting(**database, "max_temp_directory_size"), "4.0 GiB");
  EXPECT_EQ(setting(**database, "enable_external_access"), "false");
  EXPECT_EQ(setting(**database, "lock_configuration"), "true");
  EXPECT_EQ(setting(**database, "autoload_known_extensions"), "false");
  auto connection = (*database)->borrow();
  for (const char* forbidden :
       {"SET threads = 4", "SET memory_limit = '1TB'", "SET enable_external_access = true",
        "SET lock_configuration = false", "INSTALL httpfs", "LOAD httpfs", "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM sniff_csv('/etc/passwd')", "COPY visits TO '/tmp/visits.csv'", "ATTACH '/tmp/other.duckdb'"}) {
    EXPECT_FALSE((*connection)->run(forbidden)) << forbidden;
  }
}

TEST_F(DatabaseOnDisk, QueriesMayWriteIntoTheTemporaryFolderAlone) {
  auto database = open();
  ASSERT_TRUE(database) << database.error().what;
  const fs::path file = (*database)->temporary_folder() / "visits.parquet";
  {
    auto connection = (*database)->borrow();
    const auto copied =
        (*connection)->run("COPY (SELECT 1 AS n) TO '" + file.string() + "' (FORMAT parquet, COMPRESSION zstd)");
    ASSERT_TRUE(copied) << copied.error().what;
    EXPECT_FALSE(
        (*connection)->run("COPY (SELECT 1 AS n) TO '" + (folder_.path() / "data" / "out.csv").string() + "'"));
    EXPECT_FALSE(
        (*connection)->run("COPY (SELECT 1) TO '" + (*database)->temporary_folder().string() + "/../out.csv'"));
  }
  EXPECT_GT(fs::file_size(file), 0U);
  database->reset();
  database = open();
  EXPECT_FALSE(fs::exists(file)) << "what a crash leaves there must not stay for ever";
}

TEST_F(DatabaseOnDisk, IsForOneProcessAtATime) {
  auto database = open();
  ASSERT_TRUE(database) << database.error().what;
  EXPECT_EQ(open().error().code, ErrorCode::in_use);
  database->reset();
  EXPECT_TRUE(open());
}

TEST_F(DatabaseOnDisk, IsForOneProcessAtATimeWhateverElseThatProcessDoesWithTheFile) {
  // Closing any descriptor of a file drops DuckDB's own lock on it.
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto database = open();
    if (!database) ::_exit(1);
    std::ifstream((*database)->file()).get();
    static_cast<void>(::write(ready[1], "x", 1));
    for (;;) ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  {
    const auto second = open();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::in_use);
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(open());
  EXPECT_TRUE(reports_.empty());
}

TEST_F(DatabaseOnDisk, ANewerOneIsLeftAlone) {
  {
    auto database = open();
    ASSERT_TRUE(database) << database.error().what;
    ASSERT_TRUE((*(*database)->borrow())->run("UPDATE store SET version = version + 1"));
  }
  const auto newer = open();
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, ErrorCode::unsupported);
  EXPECT_TRUE(reports_.empty());
  EXPECT_EQ(open().error().code, ErrorCode::unsupported);
}

TEST_F(DatabaseOnDisk, ALogThatKillsWhoeverOpensItIsSetAside) {
  {
    auto database = open();
    ASSERT_TRUE(database) << database.error().what;
    ASSERT_TRUE((*(*database)->borrow())->run("DELETE FROM processed; INSERT INTO processed VALUES (7)"));
  }
  // As three processes leave it that died while opening.
  std::ofstream(folder_.path() / "data" / "footfall.duckdb.opening") << 3;
  auto database = open();
  ASSERT_TRUE(database) << database.error().what;
  EXPECT_EQ(reports_.size(), 1U);
  EXPECT_EQ((*database)->healed(), 1U);
  EXPECT_EQ(**(*(*database)->borrow())->number("SELECT position FROM processed"), 0);
  EXPECT_FALSE(fs::exists(folder_.path() / "data" / "footfall.duckdb.opening"));
}

TEST_F(DatabaseOnDisk, KeepsOnlyAFewOfTheThingsSetAside) {
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(open());
    std::ofstream(folder_.path() / "data" / "footfall.duckdb") << "no database, " << i;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  ASSERT_TRUE(open());
  int kept = 0;
  for (const auto& entry : fs::directory_iterator(folder_.path() / "data")) {
    kept += entry.path().filename().string().find(".damaged-") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(kept, 4);
}

TEST_F(DatabaseOnDisk, ReopeningEndsWhatIsBeingAskedAndWaitsForTheConnection) {
  auto database = open();
  ASSERT_TRUE(database) << database.error().what;
  std::atomic<bool> asking = false;
  std::optional<ErrorCode> told;
  std::thread reader([&] {
    auto connection = (*database)->borrow();
    asking = true;
    const auto rows = (*connection)->query("SELECT count(*) FROM range(100000000000) t(n) WHERE n % 7 = 3");
    if (!rows) told = rows.error().code;
  });
  while (!asking) std::this_thread::yield();
  const auto reopened = (*database)->reopen();
  reader.join();
  ASSERT_TRUE(reopened) << reopened.error().what;
  EXPECT_EQ(told, ErrorCode::timed_out);
  EXPECT_TRUE((*database)->borrow());
}

TEST_F(DatabaseOnDisk, LendsNothingWhileItIsBeingReopened) {
  auto database = open();
  ASSERT_TRUE(database) << database.error().what;
  std::optional<DuckDatabase::Loan> held(std::move(*(*database)->borrow()));
  std::atomic<bool> reopened = false;
  std::thread writer([&] {
    EXPECT_TRUE((*database)->reopen());
    reopened = true;
  });
  while ((*database)->borrow()) std::this_thread::yield();
  EXPECT_EQ((*database)->borrow().error().code, ErrorCode::unavailable);
  EXPECT_FALSE(reopened);
  held.reset();
  writer.join();
  EXPECT_TRUE((*database)->borrow());
}

TEST_F(DatabaseOnDisk, FunctionsOutliveReopening) {
  auto database = open();
  ASSERT_TRUE(database) << database.error().what;
  ASSERT_TRUE((*database)->define({"twice", {TextFunction::Type::text}, [](const TextFunction::Arguments& given) {
                                     return std::string(given.text(0)) + std::string(given.text(0));
                                   }}));
  ASSERT_TRUE((*database)->reopen());
  EXPECT_EQ(**(*(*database)->borrow())->number("SELECT length(twice('abc'))"), 6);
}

TEST_F(DatabaseOnDisk, AFolderThatCannotBeMadeIsAnError) {
  std::ofstream(folder_.path() / "data") << "a file";
  EXPECT_EQ(open().error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace footfall::duckdb
