// The secret keys of the edge: they sign session cookies, and the keys of page tokens are made from them.
//
// Kept in one small file (0600), made at the first start. The newest key signs; one that was replaced still verifies
// for as long as what it signed may live, and then leaves the file at the next rotation. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "base/time.h"
#include "ports/clock.h"
#include "ports/crypto.h"
#include "ports/kept_file.h"

namespace footfall {

struct SessionKey {
  std::string id;      // `K` of the cookie: a number in base 36 that grows with every rotation
  std::string secret;  // 32 random bytes
  Instant made;
  std::optional<Instant> retired;  // when the next one took over
};

// The longest session that the defaults allow, and five minutes for clocks that differ.
inline constexpr std::chrono::minutes key_overlap{125};

class SessionKeys {
 public:
  // The oldest first, the one that signs last; never empty. A snapshot does not change.
  using List = std::shared_ptr<const std::vector<SessionKey>>;

  // Errors: those of the file; corrupt (it does not hold keys).
  static Result<std::unique_ptr<SessionKeys>> open(KeptFile& file, const Crypto& crypto, const Clock& clock);

  // All that are in the file, some of which may verify no more: ask `verifies`.
  [[nodiscard]] List all() const;
  // True while what the key signed is believed.
  [[nodiscard]] bool verifies(const SessionKey& key) const;

  // Makes a new key, which signs from now on. Errors: those of the file; nothing has changed then.
  Result<Done> rotate();

  // Reads the file again if another process replaced it.
  Result<Done> refresh();

 private:
  struct Private {};

 public:
  SessionKeys(Private, KeptFile& file, const Crypto& crypto, const Clock& clock)
      : file_(file), crypto_(crypto), clock_(clock) {}

 private:
  struct State {
    List keys;
    std::uint64_t revision = 0;
  };
  Result<Done> load(State& state);
  Result<Done> rotate(State& state);

  KeptFile& file_;
  const Crypto& crypto_;
  const Clock& clock_;
  Guarded<State> state_;
};

}  // namespace footfall
