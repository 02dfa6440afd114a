#include "adapters/http_server/response_writer.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "adapters/http_server/refusal.h"
#include "base/check.h"
#include "base/text.h"

namespace footfall {
namespace {

void append_number(std::string& out, std::size_t number, int base = 10) {
  std::array<char, 20> digits{};
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number, base);
  out.append(digits.data(), written.ptr);
}

void append_value(std::string& out, std::string_view value) {
  const std::size_t begin = out.size();
  out += value;
  const auto is_control = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; };
  std::replace_if(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), is_control, ' ');
}

}  // namespace

void add_missing(std::vector<Header>& headers, std::span<const Header> more) {
  for (const Header& wanted : more) {
    const auto same = [&](const Header& header) { return equals_ignoring_case(header.name, wanted.name); };
    if (std::none_of(headers.begin(), headers.end(), same)) headers.push_back(wanted);
  }
}

void write_head(std::string& out, int status, std::span<const Header> headers, const ResponseFrame& frame,
                std::string_view date) {
  FOOTFALL_ASSERT(status >= 200 && status <= 599);
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(status));
  out += ' ';
  out += reason_phrase(status);
  out += "\r\ndate: ";
  out += date;
  for (const Header& header : headers) append_field(out, header.name, header.value);
  switch (frame.framing) {
    case Framing::none:
    case Framing::until_close:
      break;
    case Framing::length:
      out += "\r\ncontent-length: ";
      append_number(out, frame.body_bytes);
      break;
    case Framing::chunked:
      out += "\r\ntransfer-encoding: chunked";
      break;
  }
  switch (frame.persistence) {
    case Persistence::keep:
      break;
    case Persistence::say_keep:
      out += "\r\nconnection: keep-alive";
      break;
    case Persistence::close:
      out += "\r\nconnection: close";
      break;
  }
  out += "\r\n\r\n";
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += "\r\n";
  out += name;
  out += ": ";
  append_value(out, value);
}

void append_chunk_head(std::string& out, std::size_t piece_bytes) {
  append_number(out, piece_bytes, 16);
  out += "\r\n";
}

std::string chunk_head(std::size_t piece_bytes) {
  std::string head;
  append_chunk_head(head, piece_bytes);
  return head;
}

void DateText::refresh() {
  const std::time_t now = std::time(nullptr);
  if (now == second_) return;
  second_ = now;
  std::tm parts{};
  gmtime_r(&now, &parts);
  // strftime would ask the locale for the names.
  constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::snprintf(text_.data(), text_.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                days.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
                months.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
                parts.tm_sec);
}

}  // namespace footfall
