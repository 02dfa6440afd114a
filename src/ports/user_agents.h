// What a User-Agent header says about the program that sent it.
#pragma once

#include <string>
#include <string_view>

namespace footfall {

// Empty text: not known. `device` is one of desktop, mobile, tablet, tv, console, wearable, or empty.
struct UserAgentFacts {
  std::string browser;
  std::string browser_version;  // major, or major.minor
  std::string os;
  std::string os_version;
  std::string device;
  std::string bot;  // why this is a bot, e.g. "crawler: Googlebot"; empty: none

  friend bool operator==(const UserAgentFacts&, const UserAgentFacts&) = default;
};

class UserAgents {
 public:
  virtual ~UserAgents() = default;
  // Linear in the length of the text (at most user_agent_bytes_max are looked at). Never fails: unknown is empty.
  // The result is not cached here; callers classify each distinct text once. Any thread.
  [[nodiscard]] virtual UserAgentFacts classify(std::string_view user_agent) const = 0;
  // Names the lists and their versions, e.g. "uap-core 0.18.0, isbot 5.2.3".
  [[nodiscard]] virtual std::string lists() const = 0;
};

}  // namespace footfall
