// The salt of each day, which visitors are hashed with.
//
// Today's and yesterday's are random and kept in one small file (0600), so that a restart does not double visitors;
// older ones are destroyed. Log lines of days long past are hashed with a salt derived from a key that never leaves
// that file: the same line gives the same visitor whenever it is imported. Any thread.
#pragma once

#include <map>
#include <memory>

#include "base/guarded.h"
#include "base/result.h"
#include "base/siphash.h"
#include "base/time.h"
#include "ports/clock.h"
#include "ports/crypto.h"
#include "ports/kept_file.h"

namespace footfall {

class Salts {
 public:
  // Errors: those of the file; corrupt.
  static Result<std::unique_ptr<Salts>> open(KeptFile& file, const Crypto& crypto, const Clock& clock);

  // The salt of a day. Makes, keeps and destroys salts as days pass.
  SipKey of(Day day);

  // For ids that callers gave: they have no day.
  [[nodiscard]] const SipKey& lasting() const { return lasting_; }

 private:
  struct Private {};

 public:
  Salts(Private, KeptFile& file, const Crypto& crypto, const Clock& clock)
      : file_(file), crypto_(crypto), clock_(clock) {}

 private:
  using Days = std::map<Day, SipKey>;
  SipKey random_key() const;
  static bool forget_old(Days& days, Day today);
  Result<Done> keep(const Days& days);

  KeptFile& file_;
  const Crypto& crypto_;
  const Clock& clock_;
  SipKey lasting_;
  Guarded<Days> days_;
};

}  // namespace footfall
