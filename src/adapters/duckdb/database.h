// The database file that store and reader share: opening it, healing it, lending connections.
//
// Opening makes the tables, sets a damaged log or file aside so that what is left can be used (the journal has the
// rest), and never tries twice what has failed. The database is opened with all its bounds, without access to any file
// but its own, and with its configuration locked.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/duckdb/sql.h"
#include "base/result.h"

namespace footfall::duckdb {

struct DatabaseOptions {
  std::filesystem::path folder;  // where the file, its log and its temporary files lie; made if it is not there
  std::uint64_t memory_bytes = 256ULL << 20U;
  unsigned threads = 0;  // of queries; 0: one less than the machine has, at least one
  // What queries may spill to disk.
  std::uint64_t temporary_bytes = 4ULL << 30U;
  // One line for the person who runs this, when something had to be healed. Any thread.
  std::function<void(std::string_view)> report = [](std::string_view) {};
};

// Must be gone before the thread that ends it is at its end: DuckDB keeps blocks in thread-local storage, and closing
// it in the destructor of a static, after that storage went, corrupts memory.
class DuckDatabase {
 public:
  // Errors: in_use       another process has it open
  //         unsupported  a newer Footfall wrote it
  //         unavailable  the disk or memory refused; nothing was changed
  static Result<std::unique_ptr<DuckDatabase>> open(DatabaseOptions options);
  ~DuckDatabase();
  DuckDatabase(const DuckDatabase&) = delete;
  DuckDatabase& operator=(const DuckDatabase&) = delete;

  // A connection on loan, given back when it goes. One thread at a time. Keep it for one question, not for ever:
  // reopening interrupts what runs on it (error timed_out) and waits until it is given back.
  class Loan {
   public:
    Loan(Loan&& other) noexcept;
    Loan& operator=(Loan&&) = delete;
    ~Loan();
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    friend class DuckDatabase;
    Loan(DuckDatabase* database, std::shared_ptr<Database> opened, std::unique_ptr<Connection> connection);
    DuckDatabase* database_;
    // Shared: a file that was replaced stays open until the last question to it is answered.
    std::shared_ptr<Database> opened_;
    std::unique_ptr<Connection> connection_;
  };
  // Any thread; costs about 20 µs. Error: unavailable (it is being reopened, or could not be).
  Result<Loan> borrow();

  // Adds a function to SQL, now and after every reopening. Before anything is borrowed.
  Result<Done> define(TextFunction function);

  // Takes every connection back, closes the file and opens it again as `open` does. One thread at a time, which must
  // hold no loan itself. After an error there is nothing to borrow: try again later.
  Result<Done> reopen();

  // Makes an empty store in the temporary folder, to be filled and swapped in. Replaces one made before.
  Result<std::filesystem::path> make_spare();
  // Puts a whole, checkpointed file in the place of the one that is open, whose log must be empty. Who borrows from now
  // on gets the new one; what runs on the old one is answered by it, from a file that has no name any more.
  // After an error of `unknown_result` there is nothing to borrow: reopen. One thread at a time.
  Result<Done> swap_in(const std::filesystem::path& file);
  // Waits until nothing runs on a file that was replaced; past `patience`, what does is interrupted.
  Result<Done> wait_for_replaced(std::chrono::milliseconds patience);
  // Removes what was ever set aside.
  Result<Done> remove_set_aside();

  // Where queries may write files of their own (COPY … TO); emptied at start.
  [[nodiscard]] const std::filesystem::path& temporary_folder() const { return temporary_folder_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return options_.folder; }
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  // What was written since the last checkpoint. Any thread; costs three stat calls.
  [[nodiscard]] std::uint64_t log_bytes() const;
  void report(std::string_view line) const { options_.report(line); }
  // How many files were set aside. Any thread.
  [[nodiscard]] std::uint64_t healed() const { return healed_.load(); }

 private:
  explicit DuckDatabase(DatabaseOptions options);
  Result<Done> take_lock();
  Settings settings() const;
  Result<Database> open_healed();   // whatever it takes
  Result<Database> open_checked();  // made if it is not there; its version and offset looked at
  Result<Database> open_once(const std::filesystem::path& file);
  Result<Done> make_file(const std::filesystem::path& file);
  static Result<Done> check(Database& database);
  Result<Done> set_logs_aside(std::string_view why);
  Result<Done> set_aside(const std::filesystem::path& path, std::string_view why);
  void forget_old_damage();
  void give_back(std::unique_ptr<Connection> connection, std::shared_ptr<Database> opened);

  DatabaseOptions options_;
  std::filesystem::path file_;
  std::filesystem::path temporary_folder_;
  int lock_ = -1;
  std::vector<TextFunction> functions_;
  std::atomic<std::uint64_t> healed_{0};

  mutable std::mutex mutex_;
  std::condition_variable given_back_;
  std::shared_ptr<Database> database_;  // null while it is being reopened
  std::map<Connection*, const Database*> lent_;
};

}  // namespace footfall::duckdb
