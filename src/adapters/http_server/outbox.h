// What is still to be sent on a connection: pieces in order, the first of them perhaps in part.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ports/http.h"

namespace footfall {

// One thread.
class Outbox {
 public:
  void add(std::string piece) {
    if (piece.empty()) return;
    bytes_ += piece.size();
    pieces_.push_back({std::move(piece), {}});
  }
  // Only holds on to the bytes.
  void add(KeptBytes piece) {
    if (piece.part.empty()) return;
    bytes_ += piece.part.size();
    pieces_.push_back({{}, std::move(piece)});
  }

  [[nodiscard]] bool empty() const { return bytes_ == 0; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  // The first bytes to send, as many as there are entries for in `vectors`. Good until the outbox is changed.
  std::span<iovec> front(std::span<iovec> vectors) {
    std::size_t used = 0;
    for (; used < vectors.size() && used < pieces_.size(); ++used) {
      const std::size_t skipped = used == 0 ? sent_of_first_ : 0;
      const std::string_view rest = pieces_[used].text().substr(skipped);
      vectors[used] = {const_cast<char*>(rest.data()), rest.size()};  // sending only reads
    }
    return vectors.first(used);
  }

  // So many bytes have been sent.
  void sent(std::size_t bytes) {
    bytes_ -= bytes;
    sent_of_first_ += bytes;
    auto first_left = pieces_.begin();
    while (first_left != pieces_.end() && sent_of_first_ >= first_left->text().size()) {
      sent_of_first_ -= first_left->text().size();
      ++first_left;
    }
    pieces_.erase(pieces_.begin(), first_left);
  }

  void clear() {
    pieces_.clear();
    bytes_ = sent_of_first_ = 0;
  }

 private:
  struct Piece {
    std::string own;
    KeptBytes kept;
    [[nodiscard]] std::string_view text() const { return kept.all == nullptr ? std::string_view(own) : kept.part; }
  };
  std::vector<Piece> pieces_;
  std::size_t bytes_ = 0;
  std::size_t sent_of_first_ = 0;
};

}  // namespace footfall
