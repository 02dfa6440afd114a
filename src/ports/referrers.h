// Which source a referrer stands for.
#pragma once

#include <string>
#include <string_view>

namespace footfall {

struct ReferrerFacts {
  std::string source;  // e.g. "Google", "Hacker News", or the referrer's host without "www."; empty: direct
  std::string medium;  // search, social, email, ai, video, shopping, or "referral"; empty: direct
};

class Referrers {
 public:
  virtual ~Referrers() = default;
  // `referrer` is a URL (or an android-app:// name); `site` is the site's own host, which is no source. Any thread.
  [[nodiscard]] virtual ReferrerFacts classify(std::string_view referrer, std::string_view site) const = 0;
};

}  // namespace footfall
