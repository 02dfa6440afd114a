// Where a page of rows ended, as a text for strangers: sealed, so that only what was given out comes back.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/siphash.h"
#include "domain/visit_row.h"

namespace footfall {

std::string seal_cursor(const VisitCursor& cursor, VisitOrder order, const SipKey& key);
// Error: invalid, field "cursor" (it was not given out for this order, or not here).
Result<VisitCursor> unseal_cursor(std::string_view text, VisitOrder order, const SipKey& key);

}  // namespace footfall
