// What does a signature cost? A page of the edge verifies one cookie, signs one, and signs a page token with a key that
// is itself a signature: four, of which 3 µs in all may be spent.

#include <benchmark/benchmark.h>

#include "adapters/openssl_crypto/openssl_crypto.h"

namespace footfall {
namespace {

void signs_a_cookie(benchmark::State& state) {
  const OpensslCrypto crypto;
  const std::string key(32, 'k');
  const std::string text = "1.2.example.com.q83vEjRWeJCrze8SNFZ4kA.tlq7dg.tlq7sg";
  for (auto _ : state) benchmark::DoNotOptimize(crypto.hmac_sha256(key, text));
}
BENCHMARK(signs_a_cookie);

void makes_a_session_id(benchmark::State& state) {
  const OpensslCrypto crypto;
  std::array<std::byte, 16> id{};
  for (auto _ : state) {
    crypto.random(id);
    benchmark::DoNotOptimize(id);
  }
}
BENCHMARK(makes_a_session_id);

}  // namespace
}  // namespace footfall
