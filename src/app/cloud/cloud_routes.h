// The routes where visits wait in a queue and rest in DynamoDB: those of a server that can be answered there, and a
// clear 501 for the others.
#pragma once

#include <span>
#include <string_view>

#include "app/api/router.h"
#include "app/api/services.h"
#include "app/cloud/table_counters.h"

namespace footfall {

// `counters` outlives the router.
void add_cloud_routes(Router& router, const VisitServices& services, TableCounters& counters);

// What a server has and this has not; each is answered 501.
struct RouteName {
  Method method;
  std::string_view pattern;
};
std::span<const RouteName> routes_not_here();

}  // namespace footfall
