#include "adapters/duckdb/database.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <set>
#include <system_error>
#include <thread>

#include "adapters/duckdb/schema.h"
#include "base/crash_point.h"

namespace footfall::duckdb {
namespace {

namespace fs = std::filesystem;

constexpr const char* file_name = "footfall.duckdb";
// Beside the log proper: what is written while a checkpoint runs, and what mends an interrupted one.
constexpr std::array log_suffixes{".wal", ".wal.checkpoint", ".wal.recovery"};
// A process that died this often in a row while opening was most likely killed by what it opened.
constexpr unsigned deaths_max = 3;
// Things set aside are for a person to look at; a disk must not fill with them.
constexpr std::size_t set_aside_kept = 4;
// A reader that is interrupted gives its connection back within milliseconds, or hangs.
constexpr std::chrono::seconds give_back_time_max{30};

Error errno_error(const std::string& what) {
  const int number = errno;
  const ErrorCode code = number == EWOULDBLOCK ? ErrorCode::in_use : ErrorCode::unavailable;
  return {code, what + ": " + std::generic_category().message(number)};
}

Result<Done> sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return errno_error("cannot open the folder " + folder.string());
  const int synced = ::fsync(descriptor);
  ::close(descriptor);
  if (synced != 0) return errno_error("cannot sync the folder " + folder.string());
  return Done{};
}

// Whether the fault lies outside the file: then the file must stay where it is.
bool is_outside(const Error& error) {
  if (error.code == ErrorCode::in_use || error.code == ErrorCode::unsupported) return true;
  for (const std::string_view reason :
       {"No space left on device", "Disk quota exceeded", "Permission denied", "Read-only file system",
        "Too many open files", "Input/output error", "Cannot allocate memory"}) {
    if (error.what.find(reason) != std::string::npos) return true;
  }
  return false;
}

unsigned read_number(const fs::path& path) {
  std::ifstream in(path);
  unsigned number = 0;
  in >> number;
  return in ? number : 0;
}

}  // namespace

DuckDatabase::DuckDatabase(DatabaseOptions options)
    : options_(std::move(options)), file_(options_.folder / file_name), temporary_folder_(options_.folder / "tmp") {}

DuckDatabase::~DuckDatabase() {
  FOOTFALL_ASSERT(lent_.empty());
  database_.reset();
  if (lock_ >= 0) ::close(lock_);
}

Result<std::unique_ptr<DuckDatabase>> DuckDatabase::open(DatabaseOptions options) {
  auto database = std::unique_ptr<DuckDatabase>(new DuckDatabase(std::move(options)));
  std::error_code problem;
  // What visitors did is nobody else's business; DuckDB makes files that all may read.
  if (fs::create_directories(database->options_.folder, problem)) {
    fs::permissions(database->options_.folder, fs::perms::owner_all, problem);
  }
  if (problem) return Error{ErrorCode::unavailable, "cannot make the data folder: " + problem.message()};
  if (const auto locked = database->take_lock(); !locked) return locked.error();
  fs::remove_all(database->temporary_folder_, problem);
  fs::create_directories(database->temporary_folder_, problem);
  if (problem) return Error{ErrorCode::unavailable, "cannot make the folder tmp: " + problem.message()};
  auto opened = database->open_healed();
  if (!opened) return opened.error();
  database->database_ = std::make_shared<Database>(std::move(*opened));
  return database;
}

// DuckDB's own lock is of the kind that the process loses as soon as it closes any other descriptor of the file, and it
// does not see a second opening in the same process.
Result<Done> DuckDatabase::take_lock() {
  const fs::path path = options_.folder / (std::string(file_name) + ".lock");
  lock_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) return errno_error("cannot open " + path.string());
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) return errno_error("the store is open in another process");
  return Done{};
}

// --- Opening ---

Settings DuckDatabase::settings() const {
  const unsigned cores = std::thread::hardware_concurrency();
  const unsigned threads = options_.threads > 0 ? options_.threads : (cores > 1 ? cores - 1 : 1);
  return {
      {"memory_limit", std::to_string(options_.memory_bytes) + "B"},
      {"threads", std::to_string(threads)},
      {"temp_directory", temporary_folder_.string()},
      {"max_temp_directory_size", std::to_string(options_.temporary_bytes) + "B"},
      // The store checkpoints by itself, when there is room on the disk; DuckDB would do it inside a COMMIT.
      {"checkpoint_threshold", "1TB"},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_community_extensions", "false"},
      // Every query that cares says ORDER BY, and results need less memory.
      {"preserve_insertion_order", "false"},
      // One pinned version writes and reads the file, so it may use all that version knows.
      {"storage_compatibility_version", "latest"},
      // A column of a row group fills two or three of these; in the blocks of 256 KiB that DuckDB makes by itself, a
      // tenth of the file is the unused ends of blocks.
      {"default_block_size", "65536"},
  };
}

Result<Database> DuckDatabase::open_once(const fs::path& file) {
  auto database = Database::open(file.string(), settings());
  if (!database) {
    const bool newer = database.error().what.find("version number") != std::string::npos;
    return newer ? Error{ErrorCode::unsupported, database.error().what} : database.error();
  }
  auto connection = database->connect();
  if (!connection) return connection.error();
  // Closing must be quick and must not write; these cannot be set in the call that opens.
  const auto locked = connection->run("PRAGMA disable_checkpoint_on_shutdown; SET allowed_directories = [" +
                                      quoted_text((temporary_folder_ / "").string()) +
                                      "]; SET enable_external_access = false; SET lock_configuration = true");
  if (!locked) return locked.error();
  for (const TextFunction& function : functions_) {
    if (const auto defined = database->define(function); !defined) return defined.error();
  }
  return database;
}

// `made` is no name that the next start believes: a crash in the middle leaves nothing that has to be understood.
Result<Done> DuckDatabase::make_file(const fs::path& made) {
  std::error_code problem;
  fs::remove(made, problem);
  for (const char* suffix : log_suffixes) fs::remove(made.string() + suffix, problem);
  {
    auto database = open_once(made);
    if (!database) return database.error();
    auto connection = database->connect();
    if (!connection) return connection.error();
    crash_point("in_store_making");
    const auto filled = connection->run(
        std::string("BEGIN; ") + schema + "INSERT INTO store VALUES (" + std::to_string(schema_version) +
        ", now()::TIMESTAMP::TIMESTAMP_MS); INSERT INTO processed VALUES (0); INSERT INTO gone VALUES (0, 0, 0);"
        " COMMIT; CHECKPOINT");
    if (!filled) return filled.error();
  }
  return Done{};
}

Result<Done> DuckDatabase::check(Database& database) {
  auto connection = database.connect();
  if (!connection) return connection.error();
  const auto version = connection->number("SELECT version FROM store");
  if (!version) return version.error();
  if (version->value_or(0) > schema_version) {
    return Error{ErrorCode::unsupported, "the store was written by a newer Footfall"};
  }
  const auto offsets = connection->number("SELECT count(*) FROM processed");
  if (!offsets) return offsets.error();
  if (**offsets != 1) return Error{ErrorCode::corrupt, "the store does not say where it stopped"};
  return Done{};
}

Result<Database> DuckDatabase::open_checked() {
  std::error_code problem;
  if (!fs::exists(file_, problem)) {
    if (problem) return Error{ErrorCode::unavailable, "cannot look for the store: " + problem.message()};
    // A log without its file belongs to one that is gone.
    if (const auto aside = set_logs_aside("its file is gone"); !aside) return aside.error();
    const fs::path made = file_.string() + ".new";
    if (const auto done = make_file(made); !done) return done.error();
    crash_point("before_store_rename");
    fs::rename(made, file_, problem);
    if (problem) return Error{ErrorCode::unavailable, "cannot name the new store: " + problem.message()};
    if (const auto synced = sync_folder(options_.folder); !synced) return synced.error();
  }
  auto database = open_once(file_);
  if (!database) return database.error();
  if (const auto good = check(*database); !good) return good.error();
  return database;
}

Result<Database> DuckDatabase::open_healed() {
  // DuckDB may die of what it reads, or be killed for the memory it takes: it must not do so for ever.
  const fs::path marker = options_.folder / (std::string(file_name) + ".opening");
  const unsigned deaths = read_number(marker);
  std::ofstream(marker) << deaths + 1 << '\n';
  auto database = deaths < deaths_max ? open_checked() : Error{ErrorCode::corrupt, "opening it ended the process"};
  if (!database && !is_outside(database.error())) {
    if (const auto aside = set_logs_aside(database.error().what); !aside) return aside.error();
    database = open_checked();
  }
  // The main file alone is quick to open and needs little memory: too little is no reason to give it up.
  if (!database && !is_outside(database.error()) && !database.error().what.starts_with("Out of Memory")) {
    if (const auto aside = set_aside(file_, database.error().what); !aside) return aside.error();
    database = open_checked();
  }
  std::error_code ignored;
  fs::remove(marker, ignored);
  return database;
}

// --- Setting aside ---

Result<Done> DuckDatabase::set_logs_aside(std::string_view why) {
  for (const char* suffix : log_suffixes) {
    if (const auto aside = set_aside(file_.string() + suffix, why); !aside) return aside.error();
  }
  return Done{};
}

Result<Done> DuckDatabase::set_aside(const fs::path& path, std::string_view why) {
  std::error_code problem;
  if (!fs::exists(path, problem)) return Done{};
  std::string time = to_rfc3339(std::chrono::floor<Milliseconds>(std::chrono::system_clock::now()));
  std::erase_if(time, [](char c) { return c == '-' || c == ':' || c == '.'; });
  const fs::path aside = path.string() + ".damaged-" + time;
  fs::rename(path, aside, problem);
  if (problem) return Error{ErrorCode::unavailable, "cannot set aside " + path.string() + ": " + problem.message()};
  forget_old_damage();
  healed_.fetch_add(1);
  options_.report("the store could not use " + path.string() + " (" + std::string(why.substr(0, 300)) +
                  "); it is kept as " + aside.filename().string() + ", and the journal brings back what it held");
  return sync_folder(options_.folder);
}

void DuckDatabase::forget_old_damage() {
  std::error_code ignored;
  std::set<std::pair<std::string, fs::path>> damaged;  // by the time in the name
  for (const auto& entry : fs::directory_iterator(options_.folder, ignored)) {
    const std::string name = entry.path().filename().string();
    const std::size_t at = name.find(".damaged-");
    if (name.starts_with(file_name) && at != std::string::npos) damaged.emplace(name.substr(at), entry.path());
  }
  while (damaged.size() > set_aside_kept) {
    fs::remove(damaged.begin()->second, ignored);
    damaged.erase(damaged.begin());
  }
}

// --- Lending ---

DuckDatabase::Loan::Loan(DuckDatabase* database, std::shared_ptr<Database> opened,
                         std::unique_ptr<Connection> connection)
    : database_(database), opened_(std::move(opened)), connection_(std::move(connection)) {}
DuckDatabase::Loan::Loan(Loan&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)),
      opened_(std::move(other.opened_)),
      connection_(std::move(other.connection_)) {}
DuckDatabase::Loan::~Loan() {
  if (database_ != nullptr) database_->give_back(std::move(connection_), std::move(opened_));
}

Result<DuckDatabase::Loan> DuckDatabase::borrow() {
  const std::lock_guard lock(mutex_);
  if (!database_) return Error{ErrorCode::unavailable, "the store is being opened again"};
  auto connection = database_->connect();
  if (!connection) return connection.error();
  auto owned = std::make_unique<Connection>(std::move(*connection));
  lent_.emplace(owned.get(), database_.get());
  return Loan(this, database_, std::move(owned));
}

void DuckDatabase::give_back(std::unique_ptr<Connection> connection, std::shared_ptr<Database> opened) {
  const std::lock_guard lock(mutex_);
  lent_.erase(connection.get());
  // Inside the lock: once nothing is lent, no connection is open either, and no file that was replaced.
  connection.reset();
  opened.reset();
  given_back_.notify_all();
}

Result<Done> DuckDatabase::define(TextFunction function) {
  const std::lock_guard lock(mutex_);
  if (!database_) return Error{ErrorCode::unavailable, "the store is being opened again"};
  if (const auto defined = database_->define(function); !defined) return defined.error();
  functions_.push_back(std::move(function));
  return Done{};
}

Result<Done> DuckDatabase::reopen() {
  std::unique_lock lock(mutex_);
  std::shared_ptr<Database> closing = std::exchange(database_, nullptr);
  const auto patience = std::chrono::steady_clock::now() + give_back_time_max;
  // Again and again: a reader may begin one more query between an interruption and giving back.
  while (!lent_.empty()) {
    for (const auto& [connection, of] : lent_) connection->interrupt();
    if (std::chrono::steady_clock::now() > patience) {
      database_ = std::move(closing);
      return Error{ErrorCode::unavailable, "a reader does not give its connection back"};
    }
    given_back_.wait_for(lock, std::chrono::milliseconds(5));
  }
  // Nobody borrows meanwhile, so the lock need not be held: who asks hears `unavailable` at once.
  lock.unlock();
  closing.reset();
  auto opened = open_healed();
  if (!opened) return opened.error();
  lock.lock();
  database_ = std::make_shared<Database>(std::move(*opened));
  return Done{};
}

// --- Replacing the file ---

Result<fs::path> DuckDatabase::make_spare() {
  const fs::path spare = temporary_folder_ / "spare.duckdb";
  if (const auto made = make_file(spare); !made) return made.error();
  return spare;
}

Result<Done> DuckDatabase::swap_in(const fs::path& file) {
  FOOTFALL_ASSERT(log_bytes() == 0);  // it would be read into the new file
  std::error_code problem;
  crash_point("before_store_swap");  // the new file is whole and on disk, under a name that the next start removes
  fs::rename(file, file_, problem);
  if (problem) return Error{ErrorCode::unavailable, "cannot put the new store in place: " + problem.message()};
  crash_point("after_store_swap");  // either file may have the name after a power cut: each is whole
  auto opened = sync_folder(options_.folder).has_value() ? open_checked()
                                                         : Error{ErrorCode::unavailable, "the disk refused to sync"};
  const std::lock_guard lock(mutex_);
  // Questions go on to be answered by the old one; there just are no new ones.
  database_ = opened ? std::make_shared<Database>(std::move(*opened)) : nullptr;
  if (!opened) return Error{ErrorCode::unknown_result, "the new store cannot be opened: " + opened.error().what};
  return Done{};
}

Result<Done> DuckDatabase::wait_for_replaced(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  const auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    bool running = false;
    const auto now = std::chrono::steady_clock::now();
    for (const auto& [connection, of] : lent_) {
      if (of == database_.get()) continue;
      running = true;
      if (now > until) connection->interrupt();
    }
    if (!running) return Done{};
    if (now > until + give_back_time_max) {
      return Error{ErrorCode::unavailable, "a reader does not give its connection back"};
    }
    given_back_.wait_for(lock, std::chrono::milliseconds(5));
  }
}

Result<Done> DuckDatabase::remove_set_aside() {
  std::error_code problem;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(options_.folder, problem)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(file_name) && name.find(".damaged-") != std::string::npos) found.push_back(entry.path());
  }
  for (const fs::path& path : found) {
    fs::remove(path, problem);
    if (problem) return Error{ErrorCode::failed, "cannot remove " + path.string() + ": " + problem.message()};
  }
  if (found.empty()) return Done{};
  return sync_folder(options_.folder);
}

std::uint64_t DuckDatabase::log_bytes() const {
  std::uint64_t bytes = 0;
  for (const char* suffix : log_suffixes) {
    std::error_code problem;
    const std::uintmax_t size = fs::file_size(file_.string() + suffix, problem);
    if (!problem) bytes += size;
  }
  return bytes;
}

}  // namespace footfall::duckdb
