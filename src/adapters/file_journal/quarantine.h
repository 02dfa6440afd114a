// Sets damaged bytes aside, so that whoever runs the journal can look at them after the segment is gone.
#pragma once

#include <cstdint>
#include <string>

#include "domain/hit.h"
#include "ports/disk.h"

namespace footfall {

// Copies `bytes` at `offset` of the segment that begins at `first` into a file of their own and returns its name.
// Best effort: an empty name when the disk would not take or give them; counting the damage must not depend on it.
std::string set_aside(Disk& disk, DiskFile& file, Position first, std::uint64_t offset, std::uint64_t bytes);

}  // namespace footfall
