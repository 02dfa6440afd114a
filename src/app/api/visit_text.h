// Visits as text: JSON objects, NDJSON lines and CSV, with the names of docs/api.md.
#pragma once

#include <string>

#include "app/json.h"
#include "domain/visit_row.h"

namespace footfall {

// Absent values are null.
json::object to_json(const VisitRow& row);

// RFC 4180, with a head. A cell that a spreadsheet would run as a formula (it begins with = + - @, a tab or a carriage
// return) is prefixed with an apostrophe.
std::string csv_head();
std::string to_csv(const VisitRow& row);

}  // namespace footfall
