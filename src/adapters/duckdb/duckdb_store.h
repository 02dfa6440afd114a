// The embedded store: batches of visits into DuckDB, rows and journal offset in one transaction.
//
// It shares its DuckDatabase with the reader. Texts become numbers here (dictionary.h); what a batch that fails had
// added to the dictionaries is taken back with it. After an error that leaves the outcome open, or that DuckDB does not
// recover from by itself, everything answers `unknown_result` until `reopen`.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "adapters/duckdb/database.h"
#include "adapters/duckdb/rewrite.h"
#include "adapters/duckdb/store_tables.h"
#include "ports/visit_store.h"

namespace footfall::duckdb {

struct StoreOptions {
  // Of all dictionaries together; the texts seen last are remembered, about one in 32 bytes.
  std::size_t dictionary_bytes = 32ULL << 20U;
  // A commit that makes the log longer than this is followed by a checkpoint. Whoever writes asks for one much earlier;
  // this keeps the log within what can be read again in little memory when nobody does.
  std::uint64_t log_bytes_max = 128ULL << 20U;
  // What must stay free on the disk: this much or, on a small one, one part in `reserve_part`. A commit leaves half of
  // it.
  std::uint64_t reserve_bytes = 64ULL << 20U;
  std::uint64_t reserve_part = 20;
};

class DuckdbStore final : public VisitStore {
 public:
  // Reads the dictionaries. Errors: those of the database; corrupt.
  static Result<std::unique_ptr<DuckdbStore>> open(DuckDatabase& database, StoreOptions options = {});
  ~DuckdbStore() override;

  Result<Position> offset() override;
  // errors  unavailable  the disk is full; nothing was stored: try again later, without reopening
  Result<Done> commit(const StoreBatch& batch) override;
  Result<std::uint64_t> forget_dropped(Instant before) override;
  // errors  unavailable  not enough free disk, or DuckDB refused: the log stays as it is; try again later
  Result<Position> checkpoint() override;
  Result<std::uint64_t> erase(std::span<const Erasure> erasures, Position from, Position to) override;
  Result<Done> has_room_to_erase() override;
  Result<std::vector<Pruned>> count_expired(std::span<const Expiry> expiries) override;
  Result<std::vector<Pruned>> prune(std::span<const Expiry> expiries) override;
  Result<Done> reopen() override;
  Result<ProcessorState> processor_state(Day visitors_since, Instant sessions_since) override;
  Result<CounterTotals> counter_totals() override;
  Result<CounterMemory> counter_memory(Instant once_since) override;
  // Any thread; after `reopen` fails, what was known before.
  Result<bool> has_import(std::string_view site, std::string_view block) override;
  [[nodiscard]] StoreHealth health() const override;

  // The offset of the last checkpoint: below it, the journal is not needed any more. Any thread.
  [[nodiscard]] Position checkpointed() const { return checkpointed_.load(); }

 private:
  DuckdbStore(DuckDatabase& database, StoreOptions options);
  Result<Done> load();
  Result<Done> write(const StoreBatch& batch);
  // After an error before COMMIT: takes the batch back, so that the next one finds things as they were.
  Error take_back(const Error& error);
  // Writes the store anew without what `leave_out` tells a Rewrite to leave out, and goes on with that; how many rows
  // went. An error of leave_out changes nothing.
  Result<std::uint64_t> rewrite(const std::function<Result<Done>(Rewrite&)>& leave_out, Position offset,
                                Position erased);
  Result<std::filesystem::path> write_anew(const std::function<Result<Done>(Rewrite&)>& leave_out, Position offset,
                                           Position erased, std::uint64_t& rows);
  // What an error leaves behind that DuckDB told of outside a transaction: one to try again after, or one to give up
  // on.
  Error refused(const Error& error);
  // Nothing can be said or done until `reopen`.
  Error give_up(const Error& error);
  Result<Done> remember_checkpoint(Position position);

  DuckDatabase& database_;
  StoreOptions options_;
  StoreTables tables_;
  std::optional<DuckDatabase::Loan> connection_;  // nothing: `reopen` is needed
  Position offset_ = 0;
  std::uint64_t checkpoint_at_bytes_;  // of the log
  std::atomic<Position> checkpointed_{0};
  std::atomic<std::uint64_t> reopens_{0};
  std::atomic<std::uint64_t> checkpoint_failures_{0};
};

}  // namespace footfall::duckdb
