// What is allowed to requests that another server answers. The defaults are the product's limits; tests make them
// small.
#pragma once

#include <chrono>
#include <cstddef>

#include "domain/limits.h"

namespace footfall {

struct OriginSettings {
  using Time = std::chrono::milliseconds;

  // Of each network thread, to each origin.
  std::size_t connections_max = origin_connections_max;
  std::size_t idle_connections_max = origin_idle_connections_max;

  Time connect_max = origin_connect_time_max;  // to one of the origin's addresses
  Time place_max = origin_place_time_max;      // the wait for a connection to come free, or for the origin's name
  Time answer_max = origin_answer_time_max;    // from the last byte of a request to the head of its response
  Time stall_max = origin_body_stall_max;      // without a byte of a body
  Time tunnel_idle_max = tunnel_idle_time_max;
  Time half_closed_max = half_closed_time_max;
  Time idle_max = origin_idle_time_max;  // a connection without a request
  Time name_max = origin_name_time_max;
};

}  // namespace footfall
