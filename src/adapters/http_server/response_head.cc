#include "adapters/http_server/response_head.h"

#include <algorithm>

#include "adapters/http_server/head_syntax.h"
#include "base/text.h"

namespace footfall {
namespace {

// "timeout=5, max=100" → 5.
std::optional<std::chrono::seconds> idle_time_of(std::string_view keep_alive) {
  constexpr std::string_view name = "timeout=";
  const auto at = std::search(keep_alive.begin(), keep_alive.end(), name.begin(), name.end(),
                              [](char a, char b) { return ascii_lower(a) == b; });
  if (at == keep_alive.end()) return std::nullopt;
  const auto digits = at + static_cast<std::ptrdiff_t>(name.size());
  const auto end = std::find_if(digits, keep_alive.end(), [](char c) { return c < '0' || c > '9'; });
  const auto seconds = parse_unsigned({digits, end});
  // More than a day is as good as for ever, and fits in every unit of time.
  if (!seconds) return std::nullopt;
  return std::chrono::seconds(std::min<std::uint64_t>(*seconds, 86'400));
}

}  // namespace

// One reading of one head. Steps return whether to go on; if not, `state_` says why.
class ResponseHeadReader {
 public:
  ResponseHeadReader(std::string_view bytes, ResponseHead& head)
      : begin_(bytes.data()), at_(begin_), end_(begin_ + bytes.size()), head_(head) {}

  HeadState read() {
    head_.keep_alive = head_.chunked = head_.upgrade = false;
    head_.content_length.reset();
    head_.idle_time.reset();
    head_.date = {};
    head_.field_count_ = 0;
    const bool too_long = end_ - begin_ > static_cast<std::ptrdiff_t>(origin_head_bytes_max);
    if (too_long) end_ = begin_ + origin_head_bytes_max;
    if (read_status_line() && read_fields() && judge()) {
      head_.bytes = static_cast<std::size_t>(at_ - begin_);
      return HeadState::complete;
    }
    return too_long || end_ - begin_ == static_cast<std::ptrdiff_t>(origin_head_bytes_max) ? HeadState::refused
                                                                                           : state_;
  }

 private:
  bool refuse() {
    state_ = HeadState::refused;
    return false;
  }
  // The bytes end here, in the middle.
  bool wait() { return false; }

  bool read_line_end() {
    if (at_ == end_) return wait();
    if (*at_ != '\r') return refuse();
    ++at_;
    if (at_ == end_) return wait();
    if (*at_ != '\n') return refuse();
    ++at_;
    return true;
  }

  // "HTTP/1.1 200 OK"; some leave out the phrase, and with it the space before it.
  bool read_status_line() {
    constexpr std::string_view shape = "HTTP/1.d ddd";
    for (const char wanted : shape) {
      if (at_ == end_) return wait();
      if (wanted == 'd' ? *at_ < '0' || *at_ > '9' : *at_ != wanted) return refuse();
      ++at_;
    }
    const char minor = begin_[7];
    if (minor > '1') return refuse();
    http_1_0_ = minor == '0';
    head_.status = (begin_[9] - '0') * 100 + (begin_[10] - '0') * 10 + (begin_[11] - '0');
    if (head_.status < 100 || head_.status > 599) return refuse();
    if (at_ == end_) return wait();
    if (*at_ == ' ') {
      at_ = find_control(at_, end_);
      while (at_ != end_ && *at_ == '\t') at_ = find_control(at_ + 1, end_);
    }
    return read_line_end();
  }

  bool read_fields() {
    for (;;) {
      if (at_ == end_) return wait();
      if (*at_ == '\r') return read_line_end();
      if (!read_field()) return false;
    }
  }

  bool read_field() {
    const char* const name = at_;
    at_ = skip(in_token, at_, end_);
    if (at_ == end_) return wait();
    if (at_ == name || *at_ != ':') return refuse();
    HeaderView field;
    field.name = {name, static_cast<std::size_t>(at_ - name)};
    ++at_;
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t')) ++at_;
    const char* const value = at_;
    at_ = find_control(at_, end_);
    while (at_ != end_ && *at_ == '\t') at_ = find_control(at_ + 1, end_);
    if (at_ == end_) return wait();
    const char* last = at_;
    while (last != value && (last[-1] == ' ' || last[-1] == '\t')) --last;
    field.value = {value, static_cast<std::size_t>(last - value)};
    return read_line_end() && take(field);
  }

  // Keeps what the client is to see, and notes the rest.
  bool take(const HeaderView& field) {
    if (equals_ignoring_case(field.name, "content-length")) return note_content_length(field.value);
    if (equals_ignoring_case(field.name, "date")) {
      head_.date = field.value;
      return true;
    }
    if (belongs_to_connection(field.name)) return note_connection(field);
    if (head_.field_count_ == head_.fields_.size()) return refuse();
    head_.fields_[head_.field_count_++] = field;
    return true;
  }

  bool note_content_length(std::string_view value) {
    if (head_.content_length) return refuse();
    head_.content_length = parse_unsigned(value);
    return head_.content_length ? true : refuse();
  }

  bool note_connection(const HeaderView& field) {
    if (equals_ignoring_case(field.name, "transfer-encoding")) {
      if (head_.chunked || http_1_0_ || !equals_ignoring_case(field.value, "chunked")) return refuse();
      head_.chunked = true;
    } else if (equals_ignoring_case(field.name, "connection")) {
      if (list_count_ == lists_.size()) return refuse();
      lists_[list_count_++] = field.value;
    } else if (equals_ignoring_case(field.name, "keep-alive")) {
      head_.idle_time = idle_time_of(field.value);
    } else if (equals_ignoring_case(field.name, "upgrade")) {
      says_websocket_ = equals_ignoring_case(field.value, "websocket");
    }
    return true;
  }

  [[nodiscard]] bool says(std::string_view option) const {
    return std::any_of(lists_.begin(), lists_.begin() + list_count_,
                       [&](std::string_view list) { return list_has(list, option); });
  }

  // What can only be said once all of the head is known.
  bool judge() {
    if (head_.chunked && head_.content_length) return refuse();
    head_.keep_alive = !says("close") && (!http_1_0_ || says("keep-alive"));
    head_.upgrade = says_websocket_ && says("upgrade") && !http_1_0_;
    if (list_count_ == 0) return true;
    // Fields that Connection names are the connection's too.
    HeaderView* const first = head_.fields_.data();
    HeaderView* const kept =
        std::remove_if(first, first + head_.field_count_, [&](const HeaderView& field) { return says(field.name); });
    head_.field_count_ = static_cast<std::size_t>(kept - first);
    return true;
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  ResponseHead& head_;
  HeadState state_ = HeadState::incomplete;
  bool http_1_0_ = false;
  bool says_websocket_ = false;
  std::array<std::string_view, 4> lists_;  // the values of Connection
  std::size_t list_count_ = 0;
};

HeadState read_response_head(std::string_view bytes, ResponseHead& head) {
  return ResponseHeadReader(bytes, head).read();
}

}  // namespace footfall
