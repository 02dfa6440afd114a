// "Am I a winner?": asking and claiming with a receipt or the session, the draw and its seed, and the owner's list.
//
// A receipt is a bearer's: whoever has it is the one whose number it states.

#include "app/api/winner_routes.h"

#include <algorithm>
#include <map>

#include "app/api/counter_call.h"
#include "app/api/hit_form.h"
#include "app/api/parameters.h"
#include "app/api/problem.h"
#include "app/counter_settings.h"
#include "app/receipt.h"
#include "base/text.h"
#include "domain/limits.h"

namespace footfall {
namespace {

json::value prize_json(const std::string& prize) {
  if (prize.empty()) return nullptr;
  auto parsed = parse_json(prize);
  return parsed ? std::move(*parsed) : json::value(nullptr);
}

class WinnerRoutes {
 public:
  explicit WinnerRoutes(const Services& services) : services_(services) {}

  Response winner(const Call& call) const {
    const auto name = counter_of(call, services_.registry);
    if (!name) return counter_refusal(name.error());
    const auto asked = reading_for(call, *name);
    if (!asked) return counter_refusal(asked.error());
    return counter_answer({{"site", name->site},
                           {"key", name->key},
                           {"winner", asked->rule.has_value()},
                           {"number", asked->number ? json::value(*asked->number) : json::value(nullptr)},
                           {"rule", asked->rule ? json::value(name_of(*asked->rule)) : json::value(nullptr)},
                           {"claimed", asked->claimed}},
                          asked->includes);
  }

  Response claim(const Call& call) const {
    const auto name = counter_of(call, services_.registry);
    if (!name) return counter_refusal(name.error());
    const std::string_view idempotency_key = call.request.header("idempotency-key");
    if (idempotency_key.size() > idempotency_key_bytes_max) {
      return counter_refusal({ErrorCode::invalid, "the Idempotency-Key is over 255 bytes", "idempotency-key"});
    }
    const auto asked = reading_for(call, *name);
    if (!asked) return counter_refusal(asked.error());
    if (!asked->number) {
      return counter_refusal({ErrorCode::not_found, "no win of this session is known: send the receipt", "receipt"});
    }
    Claim claim;
    claim.time = services_.clock.now();
    claim.site = name->site;
    claim.key = name->key;
    claim.number = *asked->number;
    claim.idempotency_key = idempotency_key;
    const auto claimed = services_.collector.claim(claim);
    if (!claimed) return counter_refusal(claimed.error());
    return counter_answer({{"site", name->site},
                           {"key", name->key},
                           {"number", claimed->number},
                           {"surprise", prize_json(claimed->prize)}},
                          claimed->position);
  }

  // What anyone may know: that there is a draw, since when, and what it was committed to.
  Response draw(const Call& call) const {
    const auto name = counter_of(call, services_.registry);
    if (!name) return counter_refusal(name.error());
    const auto records = services_.collector.records(name->site, name->key);
    if (!records) return counter_refusal({ErrorCode::not_found, "this counter has no rules", "key"});
    const bool owner = call.caller.may(Role::read, name->site) || call.caller.may(Role::ingest, name->site);
    return counter_answer({{"site", name->site},
                           {"key", name->key},
                           {"value", records->value},
                           {"rules", rules_json(records->entry.settings, owner ? Audience::owner : Audience::strangers,
                                                services_.crypto)}},
                          records->includes);
  }

  Response reveal(const Call& call) const {
    const auto name = counter_of(call, services_.registry, Role::ingest);
    if (!name) return counter_refusal(name.error());
    if (!services_.collector.records(name->site, name->key)) {
      return counter_refusal({ErrorCode::not_found, "this counter has no rules", "key"});
    }
    const auto done = services_.collector.change(
        name->site, name->key, [](const CounterState& now) { return revealed(now.settings, now.value.value_or(0)); });
    if (!done) return counter_refusal(done.error());
    return counter_answer({{"site", name->site},
                           {"key", name->key},
                           {"value", done->value},
                           {"rules", rules_json(done->entry.settings, Audience::owner, services_.crypto)}},
                          done->includes);
  }

  Response wins(const Call& call) const {
    const auto name = counter_of(call, services_.registry, Role::read);
    if (!name) return problem(name.error());
    const auto limit = Parameters(call.request.query).number("limit", 1, page_rows_max);
    if (!limit) return problem(limit.error());
    const auto records = services_.collector.records(name->site, name->key);
    if (!records) return problem({ErrorCode::not_found, "this counter has no rules", "key"});
    const CounterLedger::Entry& entry = records->entry;
    const std::uint64_t taken = entry.pool_taken - entry.settings.prizes_from;
    const std::uint64_t pool = entry.settings.prizes.size();
    Response response =
        json_response(200, json::serialize(json::object{
                               {"site", name->site},
                               {"key", name->key},
                               {"value", records->value},
                               {"rules", rules_json(entry.settings, Audience::owner, services_.crypto)},
                               {"prizes_left", pool - std::min(pool, taken)},
                               {"claimed", entry.claims.size()},
                               {"wins", list(entry, static_cast<std::size_t>(limit->value_or(page_rows_default)))}}));
    response.after = records->includes;
    return response;
  }

 private:
  // Who asks: the number of the receipt, or else the session's.
  Result<WinnerReading> reading_for(const Call& call, const CounterName& name) const {
    const auto receipt = receipt_of(call);
    if (!receipt) return receipt.error();
    if (*receipt) {
      const auto verified = services_.receipts.verify(**receipt);
      if (!verified) {
        const Error& error = verified.error();
        // Not 401: no token would help.
        const ErrorCode code = error.code == ErrorCode::unauthorized ? ErrorCode::forbidden : error.code;
        return Error{code, error.what, error.field};
      }
      const Statement& statement = verified->statement;
      if (statement.site != name.site || statement.key != name.key) {
        return Error{ErrorCode::invalid, "the receipt is of another counter", "receipt"};
      }
      return services_.collector.winner(name.site, name.key, statement.number, {});
    }
    const std::string session = services_.session_id(call.request);
    if (session.empty()) {
      return Error{ErrorCode::invalid, "send the receipt that the counter gave, or come with a session", "receipt"};
    }
    return services_.collector.winner(name.site, name.key, std::nullopt,
                                      session_hash(name.site, session, services_.crypto));
  }

  // The header, the query, or the body's member.
  static Result<std::optional<std::string>> receipt_of(const Call& call) {
    using Found = std::optional<std::string>;
    const std::string_view header = call.request.header("footfall-receipt");
    if (!header.empty()) return Found(header);
    auto query = Parameters(call.request.query).text("receipt");
    if (!query || *query) return query;
    if (call.request.body.empty()) return Found();
    const auto body = parse_json(call.request.body);
    if (!body) return Error{ErrorCode::invalid, body.error().what, "body"};
    if (!body->is_object()) return Error{ErrorCode::invalid, "the body must be a JSON object", "body"};
    const auto member = text_member(body->get_object(), "receipt");
    if (!member) return member.error();
    return *member ? Found(**member) : Found();
  }

  // The newest first. A claim whose win is forgotten is told all the same.
  static json::array list(const CounterLedger::Entry& entry, std::size_t limit) {
    std::map<std::uint64_t, const Win*> numbers;
    for (const auto& [number, claimed] : entry.claims) numbers.emplace(number, nullptr);
    for (const Win& win : entry.wins) numbers[win.number] = &win;
    json::array wins;
    for (auto at = numbers.rbegin(); at != numbers.rend() && wins.size() < limit; ++at) {
      const auto& [number, win] = *at;
      const auto claimed = entry.claims.find(number);
      json::object one{{"number", number}, {"rule", nullptr}, {"time", nullptr}};
      if (win != nullptr) {
        // Rules are numbered from 1 in their order and never removed.
        one["rule"] = name_of(entry.settings.rules.at(win->rule - 1).kind);
        one["time"] = to_rfc3339(win->time);
      }
      const bool is_claimed = claimed != entry.claims.end();
      one["claimed"] = is_claimed ? json::value(to_rfc3339(claimed->second.time)) : json::value(nullptr);
      one["surprise"] = is_claimed ? prize_json(claimed->second.prize) : json::value(nullptr);
      wins.push_back(std::move(one));
    }
    return wins;
  }

  Services services_;
};

}  // namespace

// Copying a list of wins takes longer than a network thread should: that is left to workers. Asking and claiming are
// not: a signature takes 80 µs to verify, and nobody shall miss a surprise because many look at charts. They are
// limited by address, like what records.
void add_winner_routes(Router& router, const Services& services) {
  const WinnerRoutes routes(services);
  const auto preflight = [](const Call&) { return preflight_response(); };
  router.add({Method::get, "/api/counters/{key}/winner", Access::anyone, 0, false,
              [routes](const Call& call) { return routes.winner(call); }, true});
  router.add({Method::options, "/api/counters/{key}/winner", Access::anyone, 0, false, preflight});
  router.add({Method::post, "/api/counters/{key}/claim", Access::anyone, collect_body_bytes_max, false,
              [routes](const Call& call) { return routes.claim(call); }, true});
  router.add({Method::options, "/api/counters/{key}/claim", Access::anyone, 0, false, preflight});
  router.add({Method::get, "/api/counters/{key}/draw", Access::anyone, 0, true,
              [routes](const Call& call) { return routes.draw(call); }});
  router.add({Method::post, "/api/counters/{key}/draw/reveal", Access::ingest, 0, true,
              [routes](const Call& call) { return routes.reveal(call); }});
  router.add({Method::get, "/api/counters/{key}/wins", Access::read, 0, true,
              [routes](const Call& call) { return routes.wins(call); }});
}

}  // namespace footfall
