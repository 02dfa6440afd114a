#include "app/salts.h"

#include <array>
#include <cstring>

#include "app/json.h"
#include "base/text.h"

namespace footfall {
namespace {

// A day's salt outlives the day by this much, for sessions that cross midnight and hits that wait in the journal.
constexpr std::chrono::days kept_days{1};

std::string text_of(const SipKey& key) {
  std::array<std::byte, 16> bytes{};
  std::memcpy(bytes.data(), &key, sizeof key);
  return to_base64url(bytes);
}

std::optional<SipKey> key_of(std::string_view text) {
  const auto bytes = from_base64url(text);
  if (!bytes || bytes->size() != sizeof(SipKey)) return std::nullopt;
  SipKey key;
  std::memcpy(&key, bytes->data(), sizeof key);
  return key;
}

}  // namespace

Result<std::unique_ptr<Salts>> Salts::open(KeptFile& file, const Crypto& crypto, const Clock& clock) {
  auto salts = std::make_unique<Salts>(Private{}, file, crypto, clock);
  const auto text = file.read();
  if (!text) return text.error();
  if (!*text) {
    salts->lasting_ = salts->random_key();
    if (auto kept = salts->keep({}); !kept) return kept.error();
    return salts;
  }
  const Error corrupt{ErrorCode::corrupt, "the file of visitor salts is damaged"};
  const auto value = parse_json(**text);
  if (!value || !value->is_object() || !value->get_object().contains("lasting")) return corrupt;
  Days days;
  for (const auto& [name, key] : value->get_object()) {
    const auto parsed = key.is_string() ? key_of(key.get_string()) : std::nullopt;
    if (!parsed) return corrupt;
    if (name == "lasting") {
      salts->lasting_ = *parsed;
    } else if (const auto day = parse_date(name)) {
      days.emplace(*day, *parsed);
    } else {
      return corrupt;
    }
  }
  // A server that was off, or a site nobody came to: what should be gone by now goes.
  if (forget_old(days, day_of(clock.now()))) {
    if (auto kept = salts->keep(days); !kept) return kept.error();
  }
  salts->days_.with([&](Days& now) { now = std::move(days); });
  return salts;
}

bool Salts::forget_old(Days& days, Day today) {
  return std::erase_if(days, [&](const auto& entry) { return entry.first + kept_days < today; }) > 0;
}

SipKey Salts::of(Day day) {
  const Day today = day_of(clock_.now());
  if (day + kept_days < today) {
    return {siphash(lasting_, static_cast<std::uint64_t>(day.time_since_epoch().count())),
            siphash({lasting_.high, lasting_.low}, static_cast<std::uint64_t>(day.time_since_epoch().count()))};
  }
  return days_.with([&](Days& days) {
    if (const auto found = days.find(day); found != days.end()) return found->second;
    forget_old(days, today);
    const SipKey salt = days.emplace(day, random_key()).first->second;
    // Should the file not be written, the salt serves until a restart: visitors of the day may then count twice, which
    // is better than not counting them.
    static_cast<void>(keep(days));
    return salt;
  });
}

SipKey Salts::random_key() const {
  std::array<std::byte, sizeof(SipKey)> bytes{};
  crypto_.random(bytes);
  SipKey key;
  std::memcpy(&key, bytes.data(), sizeof key);
  return key;
}

Result<Done> Salts::keep(const Days& days) {
  json::object object{{"lasting", text_of(lasting_)}};
  for (const auto& [day, salt] : days) object[to_date(day)] = text_of(salt);
  return file_.replace(json::serialize(object));
}

}  // namespace footfall
