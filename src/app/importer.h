// Access logs into the journal, each line once however often its file is imported.
//
// A log is read in blocks of whole lines. Every line extends a keyed hash of all lines before it (the chain); the
// chain's value at the end of a block is stored with the block's hits, in one append. When the same beginning of a log
// comes again (the same file, a grown one, a rotated copy), its chain runs through values that are known, and what led
// to them is left out.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "app/collector.h"
#include "app/registry.h"
#include "base/guarded.h"
#include "domain/access_log.h"
#include "ports/clock.h"
#include "ports/journal.h"
#include "ports/visit_store.h"

namespace footfall {

// A block of lines: at most this many, and at most import_block_bytes_max bytes with a longer line alone in its block.
// Blocks are cut from the beginning of a log and always filled: only where a block ended is a log recognised, so
// smaller blocks would import again what these have imported.
inline constexpr std::size_t import_block_lines = 4'096;
inline constexpr std::size_t import_block_bytes_max = 900'000;
// A longer line is no log line: it counts as malformed.
inline constexpr std::size_t log_line_bytes_max = 65'536;

// How far a log has been read: the chain and the number of lines in it.
struct ImportChain {
  std::uint64_t hash = 0;
  std::uint64_t lines = 0;
};

// Why a line was left out.
enum class LeftOut : std::uint8_t { method, status, asset, other_site, future };
inline constexpr std::size_t left_out_reasons = 5;
std::string_view name_of(LeftOut reason);

struct ImportCounts {
  std::uint64_t lines = 0;
  std::uint64_t recorded = 0;
  std::uint64_t repeated = 0;  // imported before
  std::uint64_t malformed = 0;
  std::array<std::uint64_t, left_out_reasons> left_out{};

  void add(const ImportCounts& other);
};

struct ImportedBlock {
  ImportChain chain;  // behind the block: goes in with the next one
  ImportCounts counts;
  std::optional<Position> position;  // durable beyond it: the block is safe; nothing: all of it was known
};

// Any thread; blocks of one log in their order.
class Importer {
 public:
  Importer(Collector& collector, VisitStore& store, const Clock& clock, const SipKey& key)
      : collector_(collector), store_(store), clock_(clock), key_(key) {}

  // `lines` are whole lines, each ended by '\n' but for the last of a log.
  //   errors  those of Collector::record_block: send the block again; what of it was recorded is known by then
  Result<ImportedBlock> import_block(const std::string& site, LogFormat format, const ImportChain& before,
                                     std::string_view lines);

 private:
  [[nodiscard]] std::string mark_of(const std::string& site, const ImportChain& chain) const;
  Result<bool> is_known(const std::string& site, const std::string& mark);

  Collector& collector_;
  VisitStore& store_;
  const Clock& clock_;
  SipKey key_;
  // Marks appended by this process: the store may not have them yet.
  Guarded<std::set<std::string>> appended_;
};

}  // namespace footfall
