// footfall export --to dynamodb, and footfall import --from dynamodb: a site's visits and named counters between a
// server and a table.
//
// Either way may be done again, or gone on with after a break: a visit that is there, by its id, is left as it is.
#pragma once

#include <string>

#include "main/api_access.h"

namespace footfall {

inline constexpr const char* table_help = "A DynamoDB table; AWS_REGION and credentials are the environment's";

// Exit codes. What was moved, and what could not be, is told on standard output.
int export_to_table(ApiAccess& api, const std::string& site, const std::string& table);
int import_from_table(ApiAccess& api, const std::string& site, const std::string& table);

}  // namespace footfall
