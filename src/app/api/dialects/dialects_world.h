// What the tests of the dialects share: a site that speaks one, and what an answer shows.
#pragma once

#include <string>
#include <vector>

#include "app/api/api_world.h"

namespace footfall {

class Dialects : public ApiWorld {
 protected:
  void speak(std::string_view dialect, const char* site = "example.com", std::vector<std::string> hosts = {}) {
    Site changed = *registry->site(site);
    changed.dialects.emplace_back(dialect);
    changed.hosts = std::move(hosts);
    EXPECT_TRUE(registry->put_site(changed));
  }
  std::uint64_t value(const std::string& key, const char* site = "example.com") {
    const auto reading = collector->counter(site, key);
    return reading ? reading->value : 0;
  }
  static bool shows(const Answer& answer, const std::string& number) {
    return answer.body.find(">" + number + "</text>") != std::string::npos;
  }
  static std::string digits_shown(const Answer& answer) {
    std::string digits;
    for (std::size_t at = answer.body.find("</text>"); at != std::string::npos;
         at = answer.body.find("</text>", at + 1)) {
      digits.push_back(answer.body[at - 1]);
    }
    return digits;
  }
  void view(const char* path) {
    EXPECT_EQ(post("/api/visits", R"({"site":"example.com","path":")" + std::string(path) + "\"}").status, 202);
  }
};

}  // namespace footfall
