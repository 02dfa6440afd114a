// The sites that may be counted and the tokens that may ask: kept in one small file, changed by commands and settings.
//
// Tokens are random texts of 256 bits; the file holds only their SHA-256, so a copy of it opens nothing. Lookups take a
// snapshot that never changes, so that a change elsewhere (another process's `footfall site add`) is seen between two
// requests and never within one.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "base/time.h"
#include "domain/site.h"
#include "ports/clock.h"
#include "ports/crypto.h"
#include "ports/kept_file.h"

namespace footfall {

// What a token opens. A higher one opens what the lower ones do, but recording for others (ingest) and reading are
// apart.
enum class Role : std::uint8_t { ingest, read, admin };
std::string_view name_of(Role role);
std::optional<Role> role_named(std::string_view name);

struct Token {
  std::string id;  // 8 hexadecimal digits, to name it by
  Role role = Role::read;
  std::vector<std::string> sites;  // empty: every site
  std::string digest;              // SHA-256 of the token, in hexadecimal
  std::string label;
  Instant made;

  [[nodiscard]] bool opens(std::string_view site) const;
};

// What is registered at one moment.
struct Registered {
  std::map<std::string, Site, std::less<>> sites;
  std::map<std::string, Token, std::less<>> tokens;  // by digest
};

// Any thread.
class Registry {
 public:
  // Errors: those of the file; corrupt (it does not hold a registry).
  static Result<std::unique_ptr<Registry>> open(KeptFile& file, const Crypto& crypto, const Clock& clock);

  // To be kept while it is looked through: in `for (… : registry.now()->sites)` it would be gone before the first turn.
  [[nodiscard]] std::shared_ptr<const Registered> now() const;
  // The site as it is registered, or null.
  [[nodiscard]] std::shared_ptr<const Site> site(std::string_view name) const;

  // Adds or changes. Errors: invalid (no host name, settings that cannot be), those of the file.
  Result<Done> put_site(Site site);
  // Error: not_found.
  Result<Done> remove_site(std::string_view name);

  // Makes a token and returns its text, which is shown this once.
  struct Made {
    Token token;
    std::string text;
  };
  Result<Made> make_token(Role role, std::vector<std::string> sites, std::string label);
  // Error: not_found.
  Result<Done> remove_token(std::string_view id);

  // The token with this text, or nothing. A token that only this process knows (the admin token) is `adopt`ed.
  [[nodiscard]] std::optional<Token> token(std::string_view text) const;
  void adopt(std::string_view text, Role role);

  // Reads the file again if another process replaced it.
  Result<Done> refresh();

 private:
  struct Private {};

 public:
  Registry(Private, KeptFile& file, const Crypto& crypto, const Clock& clock)
      : file_(file), crypto_(crypto), clock_(clock) {}

 private:
  struct State {
    std::shared_ptr<const Registered> registered = std::make_shared<const Registered>();
    std::map<std::string, Token, std::less<>> adopted;
    std::uint64_t revision = 0;
  };
  Result<Done> load(State& state);
  template <typename Change>
  Result<Done> change(Change&& how);
  [[nodiscard]] std::string digest(std::string_view token) const;

  KeptFile& file_;
  const Crypto& crypto_;
  const Clock& clock_;
  Guarded<State> state_;
};

}  // namespace footfall
