// A regular expression that is compiled when it is first asked for.
//
// Most rules are never needed: compiling all of them takes 60 ms, and no one should wait for that at a start. Any
// thread may match; two that come first may both compile, and one result is kept.
#pragma once

#include <atomic>
#include <span>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace footfall {

class Expression {
 public:
  // pattern   RE2's dialect, over bytes; must outlive this
  explicit Expression(std::string_view pattern) : pattern_(pattern) {}
  ~Expression();
  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;

  // Fills groups[0] with the whole match and the rest with its groups, empty where there is none.
  //   cost   linear in the text, whatever it holds
  [[nodiscard]] bool matches(std::string_view text, std::span<std::string_view> groups) const;

  // Why RE2 refuses the pattern, or "". A refused pattern matches nothing.
  [[nodiscard]] std::string fault() const;

 private:
  const re2::RE2& compiled() const;

  std::string_view pattern_;
  mutable std::atomic<const re2::RE2*> compiled_{nullptr};
};

}  // namespace footfall
