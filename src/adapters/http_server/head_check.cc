#include "adapters/http_server/head_check.h"

#include <algorithm>

#include "adapters/http_server/head_syntax.h"
#include "base/check.h"
#include "base/text.h"

namespace footfall {
namespace {

std::string_view between(const char* begin, const char* end) { return {begin, static_cast<std::size_t>(end - begin)}; }

}  // namespace

// One reading of one head. Steps return whether to go on; if not, `verdict_` says why.
class HeadReader {
 public:
  HeadReader(std::string_view bytes, const HeadLimits& limits, Head& head)
      : begin_(bytes.data()), at_(begin_), end_(begin_ + bytes.size()), limits_(limits), head_(head) {}

  HeadVerdict read() {
    head_.field_count_ = 0;
    head_.host = {};
    head_.http_1_0 = head_.chunked = head_.expects_continue = head_.upgrade = false;
    head_.content_length = 0;
    if (skip_empty_line() && read_request_line() && read_fields() && judge()) {
      head_.bytes = static_cast<std::size_t>(at_ - begin_);
      verdict_.state = HeadState::complete;
    }
    return verdict_;
  }

 private:
  bool refuse(Refusal why) {
    verdict_ = {HeadState::refused, why};
    return false;
  }
  // The bytes end here, in the middle.
  bool wait() { return false; }

  bool skip_empty_line() {
    if (at_ == end_) return wait();
    if (*at_ != '\r') return true;
    ++at_;
    return read_line_feed();
  }

  // After a CR.
  bool read_line_feed() {
    if (at_ == end_) return wait();
    if (*at_ != '\n') return refuse(Refusal::bad_line_end);
    ++at_;
    return true;
  }

  bool read_request_line() {
    const char* const method = at_;
    at_ = skip(in_token, at_, end_);
    if (at_ - method > static_cast<std::ptrdiff_t>(method_bytes_max)) return refuse(Refusal::bad_request_line);
    if (at_ == end_) return wait();
    if (at_ == method || *at_ != ' ') return refuse(Refusal::bad_request_line);
    method_ = between(method, at_);
    ++at_;

    const char* const target = at_;
    at_ = skip(in_target, at_, end_);
    target_ = between(target, at_);
    if (target_.size() > limits_.target_bytes_max) return refuse(Refusal::target_too_long);
    if (at_ == end_) return wait();
    if (*at_ == '\r' || *at_ == '\n') return refuse(Refusal::bad_request_line);  // HTTP/0.9, or no target
    if (target_.empty() || *at_ != ' ') return refuse(Refusal::bad_target);
    ++at_;
    return read_version();
  }

  bool read_version() {
    constexpr std::string_view shape = "HTTP/d.d\r\n";
    const std::string_view line = between(at_, end_).substr(0, shape.size());
    for (std::size_t i = 0; i < line.size(); ++i) {
      const bool fits = shape[i] == 'd' ? line[i] >= '0' && line[i] <= '9' : line[i] == shape[i];
      if (fits) continue;
      const bool at_line_end = shape[i] == '\n' || (shape[i] == '\r' && line[i] == '\n');
      return refuse(at_line_end ? Refusal::bad_line_end : Refusal::bad_version);
    }
    if (line.size() < shape.size()) return wait();
    const std::string_view number = line.substr(5, 3);
    if (number != "1.1" && number != "1.0") return refuse(Refusal::unsupported_version);
    head_.http_1_0 = number == "1.0";
    at_ += shape.size();
    return true;
  }

  bool read_fields() {
    const char* const fields = at_;
    // Where the limit on all fields lies; the bytes beyond it are not looked at.
    const auto room = static_cast<std::ptrdiff_t>(limits_.fields_bytes_max);
    end_ = at_ + std::min(end_ - at_, room);
    const bool complete = read_lines();
    if (complete || verdict_.state == HeadState::refused) return complete;
    return end_ - fields == room ? refuse(Refusal::head_too_large) : wait();
  }

  bool read_lines() {
    for (;;) {
      if (at_ == end_) return wait();
      if (*at_ == '\r') {
        ++at_;
        return read_line_feed();
      }
      if (*at_ == ' ' || *at_ == '\t') return refuse(Refusal::folded_field);
      if (head_.field_count_ == limits_.fields_max) return refuse(Refusal::too_many_fields);
      if (!read_field()) return false;
    }
  }

  bool read_field() {
    const char* const name = at_;
    at_ = skip(in_token, at_, end_);
    if (at_ == end_) return wait();
    if (at_ == name || *at_ != ':') return refuse(*at_ == '\n' ? Refusal::bad_line_end : Refusal::bad_field_name);
    HeaderView& field = head_.fields_[head_.field_count_];
    field.name = between(name, at_);
    ++at_;

    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t')) ++at_;
    const char* const value = at_;
    at_ = find_control(at_, end_);
    while (at_ != end_ && *at_ == '\t') at_ = find_control(at_ + 1, end_);
    if (at_ == end_) return wait();
    if (*at_ != '\r') return refuse(*at_ == '\n' ? Refusal::bad_line_end : Refusal::bad_field_value);
    const char* last = at_;
    while (last != value && (last[-1] == ' ' || last[-1] == '\t')) --last;
    field.value = between(value, last);
    ++at_;
    if (!read_line_feed()) return false;
    ++head_.field_count_;
    return note(field);
  }

  // Looks at the fields that decide about the message itself.
  bool note(const HeaderView& field) {
    switch (field.name.size()) {
      case 4:
        if (!equals_ignoring_case(field.name, "host")) return true;
        if (has_host_ || !is_host(field.value)) return refuse(Refusal::bad_host);
        has_host_ = true;
        head_.host = field.value;
        return true;
      case 6:
        if (!equals_ignoring_case(field.name, "expect")) return true;
        if (equals_ignoring_case(field.value, "100-continue")) {
          head_.expects_continue = true;
        } else {
          expects_other_ = true;
        }
        return true;
      case 7:
        if (equals_ignoring_case(field.name, "upgrade")) {
          upgrade_ = upgrade_.empty() ? field.value : ",";  // several are a list, which is no protocol we know
        }
        return true;
      case 10:
        if (equals_ignoring_case(field.name, "connection")) note_connection(field.value);
        return true;
      case 14:
        return !equals_ignoring_case(field.name, "content-length") || note_content_length(field.value);
      case 17:
        return !equals_ignoring_case(field.name, "transfer-encoding") || note_transfer_encoding(field.value);
      default:
        return true;
    }
  }

  static bool is_host(std::string_view value) {
    return !value.empty() && skip(in_host, value.data(), value.data() + value.size()) == value.data() + value.size();
  }

  void note_connection(std::string_view list) {
    while (!list.empty()) {
      const std::size_t comma = list.find(',');
      const std::string_view option = trim(list.substr(0, comma));
      list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
      if (equals_ignoring_case(option, "close")) {
        says_close_ = true;
      } else if (equals_ignoring_case(option, "keep-alive")) {
        says_keep_alive_ = true;
      } else if (equals_ignoring_case(option, "upgrade")) {
        says_upgrade_ = true;
      }
    }
  }

  bool note_content_length(std::string_view value) {
    if (has_length_ || head_.chunked || value.empty()) return refuse(Refusal::bad_content_length);
    has_length_ = true;
    std::uint64_t length = 0;
    for (const char c : value) {
      if (c < '0' || c > '9') return refuse(Refusal::bad_content_length);
      // One that does not fit is over every limit all the same, and is answered so.
      constexpr std::uint64_t most = UINT64_MAX / 16;
      length = std::min(most, length * 10 + static_cast<std::uint64_t>(c - '0'));
    }
    head_.content_length = length;
    return true;
  }

  bool note_transfer_encoding(std::string_view value) {
    if (has_length_) return refuse(Refusal::bad_content_length);
    if (head_.chunked || head_.http_1_0 || !equals_ignoring_case(value, "chunked")) {
      return refuse(Refusal::bad_transfer_encoding);
    }
    head_.chunked = true;
    return true;
  }

  // What can only be said once all of the head is known.
  bool judge() {
    const auto method = method_named(method_);
    if (!method) return refuse(Refusal::unknown_method);
    head_.method = *method;
    if (!has_host_ && !head_.http_1_0) return refuse(Refusal::bad_host);
    if (!split_target()) return refuse(Refusal::bad_target);
    if (expects_other_) return refuse(Refusal::unknown_expectation);
    // A 1.0 client does not know "100 Continue" (RFC 9110 §10.1.1).
    head_.expects_continue = head_.expects_continue && !head_.http_1_0;
    if (says_upgrade_ && !upgrade_.empty() && !judge_upgrade()) return refuse(Refusal::upgrade);
    head_.keep_alive = !says_close_ && (!head_.http_1_0 || says_keep_alive_);
    return true;
  }

  // "h2c" is offered beside a request that is meant as it stands; ignoring the offer is the answer (RFC 9110 §7.8).
  bool judge_upgrade() {
    if (equals_ignoring_case(upgrade_, "h2c")) return true;
    const bool has_body = head_.chunked || head_.content_length > 0;
    head_.upgrade = equals_ignoring_case(upgrade_, "websocket") && head_.method == Method::get && !head_.http_1_0 &&
                    !has_body && !head_.expects_continue;
    return head_.upgrade;
  }

  // Origin form, or absolute form with the authority that Host names (RFC 9112 §3.2).
  bool split_target() {
    std::string_view target = target_;
    if (target.front() != '/') {
      const std::size_t scheme_bytes = target.find("://");
      if (scheme_bytes == std::string_view::npos) return false;
      const std::string_view scheme = target.substr(0, scheme_bytes);
      if (!equals_ignoring_case(scheme, "http") && !equals_ignoring_case(scheme, "https")) return false;
      target.remove_prefix(scheme_bytes + 3);
      const std::size_t authority_bytes = std::min(target.find_first_of("/?"), target.size());
      if (!is_host(target.substr(0, authority_bytes))) return false;
      if (has_host_ && !equals_ignoring_case(target.substr(0, authority_bytes), head_.host)) return false;
      head_.host = target.substr(0, authority_bytes);
      target.remove_prefix(authority_bytes);
    }
    const std::size_t path_bytes = std::min(target.find('?'), target.size());
    head_.path = path_bytes == 0 ? std::string_view("/") : target.substr(0, path_bytes);
    head_.query = path_bytes == target.size() ? std::string_view{} : target.substr(path_bytes + 1);
    return true;
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  const HeadLimits& limits_;
  Head& head_;
  HeadVerdict verdict_;

  std::string_view method_;
  std::string_view target_;
  std::string_view upgrade_;
  bool has_host_ = false;
  bool has_length_ = false;
  bool expects_other_ = false;
  bool says_close_ = false;
  bool says_keep_alive_ = false;
  bool says_upgrade_ = false;
};

HeadVerdict check_head(std::string_view bytes, const HeadLimits& limits, Head& head) {
  FOOTFALL_ASSERT(limits.fields_max <= header_count_max);
  return HeadReader(bytes, limits, head).read();
}

}  // namespace footfall
