// The way from whoever has news to one reader of a live body: any thread puts in, the reader's network thread takes
// out.
//
// Bounded: a reader that falls too far behind is dropped instead of holding up the news, or memory.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/http_server/stream.h"
#include "base/guarded.h"
#include "ports/http.h"

namespace footfall {

// Who takes out.
class LiveReader {
 public:
  virtual ~LiveReader() = default;

 protected:
  friend class LivePipe;
  // There is something in the pipe, or it has overrun. Called on the reader's thread.
  virtual void on_live() = 0;
};

// Shared, because news may be under way to a reader that has just left.
class LivePipe final : public LiveSink, public std::enable_shared_from_this<LivePipe> {
 public:
  LivePipe(const Stream::Executor& executor, LiveReader& reader, std::size_t bytes_max)
      : executor_(executor), reader_(&reader), bytes_max_(bytes_max) {}

  bool send(std::string_view piece) override;

  // --- The reader's thread ---

  // All that is in the pipe.
  std::string take();
  // The reader was too slow; nothing more will come.
  [[nodiscard]] bool overrun() const;
  // The reader is gone, and with it perhaps the thread: nothing here is used any more.
  void leave();

 private:
  struct State {
    std::string waiting;
    bool wake_asked = false;
    bool overrun = false;
    bool left = false;
  };

  const Stream::Executor executor_;
  LiveReader* reader_;
  const std::size_t bytes_max_;
  Guarded<State> state_;
};

}  // namespace footfall
