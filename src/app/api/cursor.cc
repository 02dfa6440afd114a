#include "app/api/cursor.h"

#include "base/bytes.h"
#include "base/text.h"

namespace footfall {

std::string seal_cursor(const VisitCursor& cursor, VisitOrder order, const SipKey& key) {
  std::string bytes;
  ByteWriter writer(bytes);
  writer.byte(static_cast<std::uint8_t>(order));
  writer.word64(static_cast<std::uint64_t>(milliseconds_of(cursor.time)));
  writer.word64(cursor.position);
  writer.word64(siphash(key, bytes));
  return to_base64url(bytes_of(bytes));
}

Result<VisitCursor> unseal_cursor(std::string_view text, VisitOrder order, const SipKey& key) {
  const Error bad{ErrorCode::invalid, "'cursor' is none that was given out for this order", "cursor"};
  const auto bytes = from_base64url(text);
  if (!bytes) return bad;
  ByteReader reader(*bytes);
  const std::uint8_t of = reader.byte();
  VisitCursor cursor;
  cursor.time = instant_of(static_cast<std::int64_t>(reader.word64()));
  cursor.position = reader.word64();
  const std::uint64_t check = reader.word64();
  const bool sealed = reader.good() && reader.rest().empty() &&
                      check == siphash(key, std::string_view(*bytes).substr(0, bytes->size() - sizeof check));
  if (!sealed || of != static_cast<std::uint8_t>(order)) return bad;
  return cursor;
}

}  // namespace footfall
