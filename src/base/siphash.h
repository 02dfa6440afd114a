// SipHash-2-4: a keyed 64-bit hash that strangers cannot steer.
//
// Hash maps over hostile strings, visitors and public ids use it. Source: Aumasson and Bernstein, "SipHash: a fast
// short-input PRF" (2012); the paper's vectors are in siphash_test.cc.
#pragma once

#include <cstdint>
#include <string_view>

namespace footfall {

struct SipKey {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

std::uint64_t siphash(const SipKey& key, std::string_view text);
// SipHash-1-3: half the cost, and what hash tables in memory use (those of Rust and Ruby do). Not for ids or visitors.
std::uint64_t siphash13(const SipKey& key, std::string_view text);
std::uint64_t siphash(const SipKey& key, std::uint64_t number);
// A key for another purpose: who learns it learns nothing of `key`.
SipKey derived_key(const SipKey& key, std::string_view purpose);

}  // namespace footfall
