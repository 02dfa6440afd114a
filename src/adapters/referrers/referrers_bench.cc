// What does a referrer cost?
//
// Budget: 2 µs for a typical one (each distinct one is classified once).
#include <benchmark/benchmark.h>

#include <array>
#include <string>

#include "adapters/referrers/known_referrers.h"
#include "domain/limits.h"

namespace footfall {
namespace {

constexpr std::array typical{"https://www.google.co.uk/", "https://blog.example.org/2026/05/post.html",
                             "android-app://com.google.android.gm/", "hacker news"};

void typical_referrer(benchmark::State& state) {
  const KnownReferrers referrers;
  const std::string_view text = typical.at(static_cast<std::size_t>(state.range(0)));
  while (state.KeepRunning()) benchmark::DoNotOptimize(referrers.classify(text, "example.com"));
}
BENCHMARK(typical_referrer)->DenseRange(0, static_cast<int>(typical.size()) - 1);

void longest_host(benchmark::State& state) {
  const KnownReferrers referrers;
  std::string text = "https://";
  while (text.size() + 2 < site_bytes_max) text += "a.";
  text += "com/";
  while (state.KeepRunning()) benchmark::DoNotOptimize(referrers.classify(text, "example.com"));
}
BENCHMARK(longest_host);

}  // namespace
}  // namespace footfall
