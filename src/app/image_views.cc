#include "app/image_views.h"

#include <string>

#include "base/text.h"
#include "domain/limits.h"

namespace footfall {

ImageViews::Fetch ImageViews::fetch(std::string_view site, std::string_view key, const Address& address,
                                    std::string_view user_agent) const {
  std::string text(text_of(std::as_bytes(std::span(address.bytes()))));
  // No site and no key holds a line break.
  for (const std::string_view part : {site, key, user_agent}) {
    text += part;
    text.push_back('\n');
  }
  return siphash(key_, text);
}

bool ImageViews::take(Fetch fetch) {
  const Instant now = clock_.now();
  return state_.with([&](State& state) {
    // A clock that was set back must not keep anything for longer.
    const auto is_over = [&](Instant counted) { return now < counted || now - counted >= image_repeat_window; };
    if (const auto found = state.counted.find(fetch); found != state.counted.end() && !is_over(found->second)) {
      return false;
    }
    while (!state.order.empty() && (is_over(state.order.front().first) || state.order.size() >= image_views_max)) {
      const auto [counted, oldest] = state.order.front();
      state.order.pop_front();
      // It may have been counted again since.
      const auto found = state.counted.find(oldest);
      if (found != state.counted.end() && found->second == counted) state.counted.erase(found);
    }
    state.counted.insert_or_assign(fetch, now);
    state.order.emplace_back(now, fetch);
    return true;
  });
}

void ImageViews::give_back(Fetch fetch) {
  state_.with([&](State& state) { state.counted.erase(fetch); });
}

}  // namespace footfall
