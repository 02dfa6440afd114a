// What was appended and is not yet durable: records laid behind one another, ready to be written as frames.
//
// Appending copies a record into the frame being filled and returns; one committer takes frame after frame. How long
// the committer lets a frame fill is decided here (Linger).
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/hit.h"

namespace footfall {

// A group of records on its way to disk.
struct WaitingFrame {
  std::string bytes;  // room for the frame's header, then the payload
  Position first = 0;
  std::uint32_t records = 0;
  bool parted = false;  // it should begin a segment
};

struct AppendQueueSettings {
  std::size_t payload_bytes_max = 0;  // of one frame
  std::size_t waiting_bytes_max = 0;
  std::size_t waiting_records_max = 0;
  // A commit costs the same for one record as for a hundred, so with many waiting it pays to let more come. The frame
  // is taken as soon as as many records wait as were on their way when the last commit ended (those it held, and those
  // that came meanwhile), or when it has lingered for this long, or when it is large. After a commit of one record
  // nothing lingers: a lone client never waits for company. 0: never.
  std::chrono::microseconds linger{0};
  std::size_t enough_bytes = 262'144;
  std::size_t enough_records = 1'024;
};

class AppendQueue {
 public:
  AppendQueue(const AppendQueueSettings& settings, Position next);

  // Errors: invalid, too_large, unavailable (full). Any thread.
  Result<Position> push(std::span<const std::string_view> records);

  // The next record pushed begins a frame that is parted from what is before it; its position. Any thread.
  Position part();

  // --- For the committer: one thread ---

  // Waits for a frame, and lingers for more to join it; none once the queue is closed and empty. The frame is the
  // committer's until it is done with it; until then, take() gives the same one again.
  WaitingFrame* take();
  // The same without waiting: none if nothing waits.
  WaitingFrame* take_now();
  // The frame taken is durable, and `room` bytes are left for frames in the segment.
  void done(std::uint64_t room);

  // --- Any thread ---

  // While the disk is full, only what fits into the room left is taken, so that nothing waits for a disk that may never
  // come; otherwise there is always another segment.
  void limit_to_room(bool limited);
  void set_room(std::uint64_t room);
  // Takes nothing more; what waits is still given out.
  void close();

  [[nodiscard]] Position next() const;
  [[nodiscard]] std::uint64_t waiting_records() const;

 private:
  WaitingFrame* give(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] std::size_t expected_records() const;

  const AppendQueueSettings settings_;

  // A condition variable needs its mutex at hand, so this is not a Guarded: all below is touched under `mutex_` only.
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<WaitingFrame> frames_;  // the first is the committer's while `taken_`
  std::vector<std::string> spare_buffers_;
  Position next_;
  std::size_t waiting_records_ = 0;  // without those taken
  std::size_t waiting_bytes_ = 0;    // of payload, those taken included
  std::uint64_t frames_bytes_ = 0;   // as they will lie on disk, those taken included
  std::uint64_t room_ = 0;
  std::size_t last_records_ = 0;     // of the last commit
  std::size_t wake_at_records_ = 0;  // 0: the committer does not sleep
  bool taken_ = false;
  bool limited_ = false;
  bool parts_ = false;  // the next frame is parted
  bool closed_ = false;
};

}  // namespace footfall
