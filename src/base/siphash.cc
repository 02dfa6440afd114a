#include "base/siphash.h"

#include <bit>
#include <cstring>

namespace footfall {
namespace {

// `word_rounds` for every word, `last_rounds` at the end: the c and d of SipHash-c-d.
template <int word_rounds, int last_rounds>
struct State {
  std::uint64_t a, b, c, d;

  explicit State(const SipKey& key)
      : a(key.low ^ 0x736f6d6570736575ULL),
        b(key.high ^ 0x646f72616e646f6dULL),
        c(key.low ^ 0x6c7967656e657261ULL),
        d(key.high ^ 0x7465646279746573ULL) {}

  void round() {
    a += b;
    b = std::rotl(b, 13) ^ a;
    a = std::rotl(a, 32);
    c += d;
    d = std::rotl(d, 16) ^ c;
    a += d;
    d = std::rotl(d, 21) ^ a;
    c += b;
    b = std::rotl(b, 17) ^ c;
    c = std::rotl(c, 32);
  }

  void absorb(std::uint64_t word) {
    d ^= word;
    for (int i = 0; i < word_rounds; ++i) round();
    a ^= word;
  }

  std::uint64_t finish() {
    c ^= 0xFF;
    for (int i = 0; i < last_rounds; ++i) round();
    return a ^ b ^ c ^ d;
  }
};

template <int word_rounds, int last_rounds>
std::uint64_t hash_text(const SipKey& key, std::string_view text) {
  static_assert(std::endian::native == std::endian::little, "words are read as they lie in memory");
  State<word_rounds, last_rounds> state(key);
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    state.absorb(word);
  }
  std::uint64_t last = static_cast<std::uint64_t>(text.size() & 0xFFU) << 56U;
  for (std::size_t i = 0; at + i < text.size(); ++i) {
    last |= static_cast<std::uint64_t>(static_cast<unsigned char>(text[at + i])) << (8 * i);
  }
  state.absorb(last);
  return state.finish();
}

}  // namespace

std::uint64_t siphash(const SipKey& key, std::string_view text) { return hash_text<2, 4>(key, text); }
std::uint64_t siphash13(const SipKey& key, std::string_view text) { return hash_text<1, 3>(key, text); }

std::uint64_t siphash(const SipKey& key, std::uint64_t number) {
  State<2, 4> state(key);
  state.absorb(number);
  state.absorb(8ULL << 56U);
  return state.finish();
}

SipKey derived_key(const SipKey& key, std::string_view purpose) {
  const std::uint64_t low = siphash(key, purpose);
  return {low, siphash({key.high, low}, purpose)};
}

}  // namespace footfall
