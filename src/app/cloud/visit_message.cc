#include "app/cloud/visit_message.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"
#include "base/text.h"
#include "domain/limits.h"
#include "domain/record.h"

namespace footfall {
namespace {

constexpr char version = '1';
// Three bytes are four letters.
constexpr std::size_t message_bytes_max = (queue_message_bytes_max - 1) / 4 * 3;
// A number, an address and two lengths before the record.
constexpr std::size_t prefix_bytes_max = 64;
static_assert(record_bytes_max + prefix_bytes_max <= message_bytes_max);

}  // namespace

std::vector<std::string> to_bytes(std::span<const NumberedHit> hits, std::size_t bytes_max) {
  std::vector<std::string> pieces;
  std::string record;
  for (const NumberedHit& one : hits) {
    record.clear();
    encode(one.hit, record);
    FOOTFALL_ASSERT(record.size() <= record_bytes_max && one.hit.ip.is_none());
    if (pieces.empty() || pieces.back().size() + prefix_bytes_max + record.size() > bytes_max) pieces.emplace_back();
    ByteWriter writer(pieces.back());
    writer.varint(one.number);
    writer.text(one.address.text());
    writer.text(record);
  }
  return pieces;
}

std::vector<std::string> to_messages(std::span<const NumberedHit> hits) {
  std::vector<std::string> messages = to_bytes(hits, message_bytes_max);
  for (std::string& message : messages) message = version + to_base64url(bytes_of(message));
  return messages;
}

Result<VisitMessage> VisitMessage::read(std::string_view text) {
  const Error invalid{ErrorCode::invalid, "the message is none of ours, or damaged"};
  if (text.empty() || text.size() > queue_message_bytes_max) return invalid;
  if (text.front() != version) {
    if (text.front() < '1' || text.front() > '9') return invalid;
    return Error{ErrorCode::unsupported, "the message is of version " + std::string(1, text.front())};
  }
  const auto bytes = from_base64url(text.substr(1));
  if (!bytes || bytes->empty()) return invalid;
  return of_bytes(*bytes);
}

Result<VisitMessage> VisitMessage::of_bytes(std::string_view bytes) {
  const Error invalid{ErrorCode::invalid, "the visits are none of ours, or damaged"};
  VisitMessage message;
  message.bytes_.assign(bytes.begin(), bytes.end());
  ByteReader reader(std::string_view(message.bytes_.data(), message.bytes_.size()));
  while (!reader.rest().empty()) {
    const Position number = reader.varint();
    const std::string_view address = reader.text();
    const std::string_view record = reader.text();
    const auto kept = address.empty() ? StoredAddress() : StoredAddress::parse(address);
    if (!reader.good() || number >> 62U != 0 || !kept) return invalid;
    const auto decoded = decode(record);
    const Hit* hit = decoded ? std::get_if<Hit>(&*decoded) : nullptr;
    // What has no place in a key never came from us.
    if (hit == nullptr || hit->site.empty() || hit->session.empty() || !hit->path.starts_with('/')) return invalid;
    message.hits_.push_back({number, *hit, *kept});
  }
  return message;
}

}  // namespace footfall
