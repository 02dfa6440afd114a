// Whatever bytes the journal gives: a record or an error, and a record reads the same when it is written again.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "domain/record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace footfall;
  const auto first = decode({reinterpret_cast<const char*>(data), size});
  if (!first) {
    FOOTFALL_ASSERT(first.error().code == ErrorCode::corrupt || first.error().code == ErrorCode::unsupported);
    return 0;
  }
  std::string once;
  std::visit([&](const auto& record) { encode(record, once); }, *first);
  const auto second = decode(once);
  FOOTFALL_ASSERT(second);
  std::string twice;
  std::visit([&](const auto& record) { encode(record, twice); }, *second);
  FOOTFALL_ASSERT(once == twice);
  return 0;
}
