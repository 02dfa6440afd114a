// Where routes put what they record: the collector where there is a journal, a queue where there is none.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "domain/drop_reason.h"
#include "domain/record.h"

namespace footfall {

// What a hit came to. `time` and `position` make its id, unless the caller gave one.
struct Recorded {
  Position position = 0;
  Instant time;
  bool repeated = false;   // its id or beacon was recorded before, within the retry window
  bool completed = false;  // no hit of its own: `position` is that of what was told about the edge's hit
};

// Whether a page proved that the site's app told it an id: by a page token, or not at all.
enum class IdProof : std::uint8_t { none, token };

// A position given back goes into Response::after: where there is no journal, what was recorded is safe already when
// the call returns. Any thread.
class Recorder {
 public:
  virtual ~Recorder() = default;

  //   errors  unavailable  there is no room: nothing was recorded, try again later
  //           failed       nothing will be recorded any more
  //           unsupported  this is not recorded here
  virtual Result<Recorded> record(const Hit& hit) = 0;
  // All or none of them, as far as the recorder can promise that; hits whose id or beacon is a repetition count once.
  virtual Result<std::vector<Recorded>> record(std::span<const Hit> hits) = 0;
  // A view of a page as its script reports it. The edge may have recorded the same view: then the script's word
  // completes that hit, and counts nothing. `edge_hit`: the hit whose id the page was told and showed here with a good
  // token; once for each. Without it the newest hits of the edge are searched (app/edge_views.h). A view of any kind
  // but `load` is no edge's: what came from a cache, or was restored, has reached no server.
  virtual Result<Recorded> record_view(const Hit& view, std::optional<Position> edge_hit) = 0;
  // The same for a view whose id (`view.id`) the page was told by an app of the site, whose server reports the hit
  // under that id as well, before or after: whoever comes first records it, and the other counts nothing. An id without
  // a proof is believed only of the visitor and of the page that the server speaks of.
  virtual Result<Recorded> record_told_view(const Hit& view, IdProof proof) = 0;
  virtual Result<Recorded> record(const Engagement& engagement) = 0;
  // Whether a hit of this position may have been recorded; false: it is made up, or was given out elsewhere.
  [[nodiscard]] virtual bool may_have(Position position) const = 0;

  // Counts that something was dropped; what is kept of nobody, or not as a hit, is only counted.
  virtual void count_dropped(DropReason reason) = 0;
  // Counts it, and keeps the hit apart, if its reason says so and there is room for one more: then its position is
  // given back.
  virtual std::optional<Position> drop(const Dropped& dropped) = 0;
};

}  // namespace footfall
