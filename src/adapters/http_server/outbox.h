// What is still to be sent on a connection: pieces in order, the first of them perhaps in part.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace footfall {

// One thread.
class Outbox {
 public:
  void add(std::string piece) {
    if (piece.empty()) return;
    bytes_ += piece.size();
    pieces_.push_back(std::move(piece));
  }

  [[nodiscard]] bool empty() const { return bytes_ == 0; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  // The first bytes to send, as many as there are entries for in `vectors`. Good until the outbox is changed.
  std::span<iovec> front(std::span<iovec> vectors) {
    std::size_t used = 0;
    for (; used < vectors.size() && used < pieces_.size(); ++used) {
      const std::size_t skipped = used == 0 ? sent_of_first_ : 0;
      vectors[used] = {pieces_[used].data() + skipped, pieces_[used].size() - skipped};
    }
    return vectors.first(used);
  }

  // So many bytes have been sent.
  void sent(std::size_t bytes) {
    bytes_ -= bytes;
    sent_of_first_ += bytes;
    auto first_left = pieces_.begin();
    while (first_left != pieces_.end() && sent_of_first_ >= first_left->size()) {
      sent_of_first_ -= first_left->size();
      ++first_left;
    }
    pieces_.erase(pieces_.begin(), first_left);
  }

  void clear() {
    pieces_.clear();
    bytes_ = sent_of_first_ = 0;
  }

 private:
  std::vector<std::string> pieces_;
  std::size_t bytes_ = 0;
  std::size_t sent_of_first_ = 0;
};

}  // namespace footfall
