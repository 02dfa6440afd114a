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
constexpr std::size_t bytes_max = (queue_message_bytes_max - 1) / 4 * 3;
// A number, an address and two lengths before the record.
constexpr std::size_t prefix_bytes_max = 64;
static_assert(record_bytes_max + prefix_bytes_max <= bytes_max);

std::string message_of(std::string_view bytes) { return version + to_base64url(bytes_of(bytes)); }

}  // namespace

std::vector<std::string> to_messages(std::span<const NumberedHit> hits) {
  std::vector<std::string> messages;
  std::string bytes;
  std::string record;
  for (const NumberedHit& one : hits) {
    record.clear();
    encode(one.hit, record);
    FOOTFALL_ASSERT(record.size() <= record_bytes_max && one.hit.ip.is_none());
    if (!bytes.empty() && bytes.size() + prefix_bytes_max + record.size() > bytes_max) {
      messages.push_back(message_of(bytes));
      bytes.clear();
    }
    ByteWriter writer(bytes);
    writer.varint(one.number);
    writer.text(one.address.text());
    writer.text(record);
  }
  if (!bytes.empty()) messages.push_back(message_of(bytes));
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
  VisitMessage message;
  message.bytes_.assign(bytes->begin(), bytes->end());
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
