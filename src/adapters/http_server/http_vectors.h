// What the tests of requests as bytes share: the rows of tests/http_vectors/requests.json, and how much memory there
// is.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace footfall {

namespace json = boost::json;

// The file writes each byte as a character of its own.
inline std::string bytes_of_characters(std::string_view utf8) {
  std::string bytes;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c < 0x80) {
      bytes.push_back(utf8[i]);
    } else {
      bytes.push_back(static_cast<char>(((c & 0x03U) << 6U) | (static_cast<unsigned char>(utf8[++i]) & 0x3FU)));
    }
  }
  return bytes;
}

inline std::string text_of(const json::array& parts) {
  std::string text;
  for (const json::value& part : parts) {
    if (const auto* plain = part.if_string()) {
      text += bytes_of_characters(*plain);
    } else {
      const std::string repeated = bytes_of_characters(part.at("repeat").as_string());
      for (auto times = part.at("times").as_int64(); times > 0; --times) text += repeated;
    }
  }
  return text;
}

inline json::array vectors() {
  std::ifstream file("tests/http_vectors/requests.json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return json::parse(text).as_array();
}

// A sanitizer keeps freed memory for a while, to see who uses it.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

inline long resident_kilobytes() {
  std::ifstream file("/proc/self/statm");
  long pages = 0, resident = 0;
  file >> pages >> resident;
  return resident * (sysconf(_SC_PAGESIZE) / 1'024);
}

}  // namespace footfall
