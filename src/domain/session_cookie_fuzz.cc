// Any bytes at all as a Cookie header: what is taken for a session's cookie is written back as it came.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "domain/limits.h"
#include "domain/session_cookie.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace footfall;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto check = [](std::string_view value) {
    const auto cookie = parse_session_cookie(value);
    if (!cookie) return false;
    FOOTFALL_ASSERT(value.size() <= session_cookie_bytes_max);
    FOOTFALL_ASSERT(session_cookie_value(*cookie) == value);
    FOOTFALL_ASSERT(cookie->started <= cookie->seen);
    return false;
  };
  check(text);
  find_cookie(text, session_cookie_name(false), check);
  find_cookie(text, session_cookie_name(true), check);
  return 0;
}
