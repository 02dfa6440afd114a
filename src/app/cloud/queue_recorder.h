// Records into the queue: a message says all that a row will be made of, and is safe when the call returns.
//
// Visitor, session and what is kept of the address are settled here, where the request is: no function later has seen
// more of it. A hit without a
// session of its own belongs to its visitor's one of the day. A hit that is known by an id or a beacon leaves its
// number and time in the table; when it comes again it is sent again as what it was at first, which makes the same row.
// That is harmless if the first message arrived, and needed if it did not. One thread at a time. Costs a call to the
// queue, and one to the table for what is known by something.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/cloud/day_salts.h"
#include "app/cloud/visit_message.h"
#include "app/recorder.h"
#include "ports/clock.h"
#include "ports/crypto.h"
#include "ports/item_table.h"
#include "ports/visit_queue.h"

namespace footfall {

class QueueRecorder final : public Recorder {
 public:
  using Log = std::function<void(std::string_view line)>;

  // What a site keeps of an address.
  using KeptOf = std::function<KeptAddress(std::string_view site)>;

  // All outlive it.
  QueueRecorder(VisitQueue& queue, ItemTable& table, const Clock& clock, const Crypto& crypto,
                const AddressKeeper& keeper, KeptOf kept_of, Log log)
      : queue_(queue),
        table_(table),
        clock_(clock),
        crypto_(crypto),
        keeper_(keeper),
        kept_of_(std::move(kept_of)),
        log_(std::move(log)),
        salts_(table, crypto) {}

  Result<Recorded> record(const Hit& hit) override;
  // All or none where they fit one message, which a hundred usual ones do; else `unavailable` may leave some recorded.
  Result<std::vector<Recorded>> record(std::span<const Hit> hits) override;
  // No edge records here: a view is a hit.
  Result<Recorded> record_view(const Hit& view, std::optional<Position> edge_hit) override;
  // The id is what the view is known by: whoever of script and app comes first makes the row.
  Result<Recorded> record_told_view(const Hit& view, IdProof proof) override;
  // Nothing here has a position that could be shown to a page.
  [[nodiscard]] bool may_have(Position position) const override;
  // Error: unsupported, always. A row is put once and not changed.
  Result<Recorded> record(const Engagement& engagement) override;
  // Told to the log; nothing is kept.
  void count_dropped(DropReason reason) override;
  std::optional<Position> drop(const Dropped& dropped) override;

 private:
  // A hit and the texts that were settled for it.
  struct Settled {
    NumberedHit visit;
    std::string visitor, session, path;
    bool repeated = false;
  };
  Result<Done> settle(Settled& into, const Hit& hit);
  Result<Done> recognize(Settled& settled, std::string_view known_by);

  VisitQueue& queue_;
  ItemTable& table_;
  const Clock& clock_;
  const Crypto& crypto_;
  const AddressKeeper& keeper_;
  const KeptOf kept_of_;
  const Log log_;
  DaySalts salts_;
};

}  // namespace footfall
