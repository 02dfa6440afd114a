#include "base/result.h"

namespace footfall {

std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return "invalid";
    case ErrorCode::too_large:
      return "too_large";
    case ErrorCode::too_many:
      return "too_many";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::exists:
      return "exists";
    case ErrorCode::unauthorized:
      return "unauthorized";
    case ErrorCode::forbidden:
      return "forbidden";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::timed_out:
      return "timed_out";
    case ErrorCode::unsupported:
      return "unsupported";
    case ErrorCode::corrupt:
      return "corrupt";
    case ErrorCode::unknown_result:
      return "unknown_result";
    case ErrorCode::in_use:
      return "in_use";
    case ErrorCode::failed:
      return "failed";
  }
  FOOTFALL_ASSERT(false);
  return "";
}

}  // namespace footfall
