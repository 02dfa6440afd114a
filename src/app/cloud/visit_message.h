// What a message of the queue says: visits as they were collected, each with its number.
//
// A message says all that its rows are made of. Whoever reads it a second time makes the same rows, which is what makes
// the second time harmless. As text: the version `1`, then base64url of its visits as bytes, one behind another: of
// each its number, its address as text and its record (domain/record.h).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/hit.h"
#include "domain/kept_address.h"

namespace footfall {

// A visit's number is random, below 2^62, and its own: it takes the place that a journal's position has on a server.
struct NumberedHit {
  Position number = 0;
  Hit hit;                // without its address
  StoredAddress address;  // as the site keeps it
};

// Visits as bytes: as many strings as hold them in their order, none longer than `bytes_max` but for a visit that is so
// by itself.
std::vector<std::string> to_bytes(std::span<const NumberedHit> hits, std::size_t bytes_max);
// So many messages as hold the visits, each within queue_message_bytes_max, in their order.
std::vector<std::string> to_messages(std::span<const NumberedHit> hits);

// Visits read back; the hits are views into what it holds.
class VisitMessage {
 public:
  // Errors: invalid (no message of ours), unsupported (of a later version).
  static Result<VisitMessage> read(std::string_view text);
  // Of bytes alone, as `to_bytes` makes them. Error: invalid.
  static Result<VisitMessage> of_bytes(std::string_view bytes);

  VisitMessage(VisitMessage&&) = default;
  VisitMessage& operator=(VisitMessage&&) = default;
  VisitMessage(const VisitMessage&) = delete;
  VisitMessage& operator=(const VisitMessage&) = delete;
  ~VisitMessage() = default;

  [[nodiscard]] const std::vector<NumberedHit>& hits() const { return hits_; }

 private:
  VisitMessage() = default;

  std::vector<char> bytes_;  // does not move when the message does
  std::vector<NumberedHit> hits_;
};

}  // namespace footfall
