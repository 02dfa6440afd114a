// A visit on its way between a server and a table: the row that the API gives, the hit that a table takes, and the body
// that the API takes.
//
// Its id goes along and is what it is known by on either side. What a table has no place for (engagement, what was
// found out about the user agent) stays behind.
#pragma once

#include <string>

#include "app/cloud/visit_message.h"
#include "app/json.h"
#include "base/result.h"
#include "domain/visit_row.h"
#include "ports/crypto.h"

namespace footfall {

// A visit and the texts it owns. It stays where it is.
class MovedVisit {
 public:
  // From a row as GET /api/visits gives it. Error: invalid (it is no such row), field.
  Result<Done> read(const json::object& row, const Crypto& crypto);

  [[nodiscard]] const NumberedHit& visit() const { return visit_; }

 private:
  std::string site_, path_, query_, title_, referrer_, event_, user_agent_, session_, visitor_, props_, id_;
  NumberedHit visit_;
};

// The body by which POST /api/visits records the row again, given its id.
json::object to_body(const VisitRow& row);

}  // namespace footfall
