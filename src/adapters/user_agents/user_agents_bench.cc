// What does an unseen user agent cost, and a start?
//
// Budget: 100 µs for a typical user agent (each distinct one is classified once, and a million log lines hold some
// hundred), 1 ms for the worst 512 bytes, 5 ms to be ready.
#include <benchmark/benchmark.h>

#include <array>
#include <string>

#include "adapters/user_agents/listed_user_agents.h"
#include "domain/limits.h"

namespace footfall {
namespace {

constexpr std::array typical{
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
    "Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 "
    "Edg/126.0.0.0",
    "curl/8.5.0"};

void classify(benchmark::State& state, std::string_view text) {
  const ListedUserAgents user_agents;
  while (state.KeepRunning()) benchmark::DoNotOptimize(user_agents.classify(text));
}

void typical_user_agent(benchmark::State& state) {
  classify(state, typical.at(static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(typical_user_agent)->DenseRange(0, static_cast<int>(typical.size()) - 1)->Unit(benchmark::kMicrosecond);

// Words of many rules, and brackets that expressions stumble over.
void hostile_user_agent(benchmark::State& state) {
  constexpr std::array parts{"a(", "bot ", "android; chrome/1.1.1.1 mobile safari version/1.1 ",
                             "crawler spider google/ "};
  std::string text;
  while (text.size() < user_agent_bytes_max) text += parts.at(static_cast<std::size_t>(state.range(0)));
  classify(state, text);
}
BENCHMARK(hostile_user_agent)->DenseRange(0, 3)->Unit(benchmark::kMicrosecond);

void start(benchmark::State& state) {
  while (state.KeepRunning()) benchmark::DoNotOptimize(ListedUserAgents());
}
BENCHMARK(start)->Unit(benchmark::kMillisecond);

void first_classification_after_a_start(benchmark::State& state) {
  while (state.KeepRunning()) benchmark::DoNotOptimize(ListedUserAgents().classify(typical.front()));
}
BENCHMARK(first_classification_after_a_start)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace footfall
