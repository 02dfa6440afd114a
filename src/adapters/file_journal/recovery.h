// What is on disk when the journal is opened: which segments are good, where the records end, what was damaged.
//
// Only the newest segment is read through, because only it was written to when the process ended: a start takes the
// same time whatever the backlog. Older ones are checked frame by frame as readers come by.
#pragma once

#include <cstdint>
#include <optional>

#include "adapters/file_journal/catalog.h"
#include "adapters/file_journal/segment.h"
#include "base/result.h"
#include "ports/disk.h"

namespace footfall {

struct RecoverySettings {
  std::optional<StoreId> store;     // whose segments they must be; none: those that are there, or a new one
  std::uint64_t segment_bytes = 0;  // how large the newest segment is made when it is written anew
  Position next_at_least = 0;       // the store's offset: numbers below it are given
};

struct Recovered {
  StoreId store{};
  // The newest segment, to be written on; none when there is none, or when the disk has no room to write it anew.
  std::optional<SegmentWriter> active;
  Position next = 0;
  std::uint32_t chain = 0;  // the CRC of the last frame; 0: there is none, or nobody knows
  std::uint64_t truncated_bytes = 0;
};

// Fills `catalog`, which must be empty, and leaves on disk only what is good:
//   - unfinished files are removed;
//   - a torn tail (no whole frame follows a broken one) of the newest segment is cut;
//   - damage before a whole frame is set aside, noted in the catalog, and passed over;
//   - the newest segment is written anew and synced before it is used. What a read gives back after a crash may exist
//     in the page cache alone: a sync that failed leaves such pages behind, and no later sync writes them. Where the
//     disk has no room for that, it is written over itself.
// Errors: invalid (segments of another store, or numbers that cannot belong together), unsupported (of a later version
// of Footfall), failed (the disk).
Result<Recovered> recover(Disk& disk, const RecoverySettings& settings, Catalog& catalog);

// A number nobody can foresee, for salts.
std::uint32_t random_salt();
StoreId random_store_id();

}  // namespace footfall
