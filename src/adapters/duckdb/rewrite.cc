#include "adapters/duckdb/rewrite.h"

#include <array>
#include <string_view>
#include <utility>

#include "adapters/duckdb/row_sql.h"
#include "base/crash_point.h"
#include "base/text.h"

namespace footfall::duckdb {
namespace {

std::string is_pageview() { return "kind <> " + std::to_string(static_cast<int>(Kind::event)); }

std::string before(const std::vector<std::uint64_t>& sites, Instant moment) {
  std::string list;
  for (const std::uint64_t site : sites) list += (list.empty() ? "" : ",") + std::to_string(site);
  return "(v.site IN (" + list + ") AND v.time < make_timestamp_ms(" + std::to_string(milliseconds_of(moment)) + "))";
}

// The dictionaries, and the column of `visits` that points into each. A text stays unless a row that goes was the last
// to point to it. To look at those alone takes no time where few go; where many do, they would not fit into memory, and
// all texts are looked through.
constexpr std::uint64_t candidates_max = 1'000'000;
struct Pointed {
  std::string_view table;
  std::string_view key;
  std::string_view column;
  bool in_dropped;  // the quarantine has the column too
};
constexpr std::array pointed{
    Pointed{"paths", "id", "path", true},
    Pointed{"queries", "id", "query", true},
    Pointed{"titles", "id", "title", true},
    Pointed{"events", "id", "event", true},
    Pointed{"properties", "id", "properties", true},
    Pointed{"referrers", "id", "referrer", true},
    Pointed{"campaigns", "id", "campaign", false},
    Pointed{"user_agents", "id", "user_agent", true},
    Pointed{"addresses", "id", "address", true},
    Pointed{"visitors", "number", "visitor", false},
    Pointed{"given_visitors", "number", "visitor", false},
    Pointed{"given_sessions", "number", "session", false},
};

// The column of visits and of the quarantine alike; `rest` speaks of `v`.
std::string in_either(const std::string& column, const std::string& rest) {
  return "SELECT v." + column + " FROM visits v" + rest + " UNION ALL SELECT v." + column + " FROM dropped v" + rest;
}

// Texts that are told without the part that goes: for every one that has that part, the number of one that says the
// rest. It is there already, or it is made; 0 where nothing is left to say.
//   table, column    "addresses", "address": which texts, and how rows point to them
//   expired          of which rows
//   goes             "address <> 0": what has it
//   rest             the columns that stay, texts all
std::string bare_texts(const std::string& table, const std::string& column, const std::string& expired,
                       const std::string& goes, const std::vector<std::string>& rest) {
  std::string list;
  std::string nothing;
  for (const std::string& name : rest) {
    list += (list.empty() ? "" : ", ") + name;
    nothing += (nothing.empty() ? "" : " AND ") + name + " = ''";
  }
  // What is left to say is little, whatever says it: a few thousand places, a few hundred programs.
  return "CREATE TEMP TABLE rest_" + table + " AS SELECT " + list + ", CASE WHEN " + nothing +
         " THEN 0 ELSE coalesce(there.id, (SELECT max(id) FROM " + table +
         ") + row_number() OVER ()) END::UINTEGER AS bare, there.id IS NULL AS is_new FROM (SELECT DISTINCT " + list +
         " FROM " + table + " WHERE " + goes + ") said LEFT JOIN (SELECT min(id) AS id, " + list + " FROM " + table +
         " WHERE NOT (" + goes + ") GROUP BY " + list + ") there USING (" + list + ");" + "CREATE TEMP TABLE bare_" +
         table + " AS SELECT whole.id AS whole, bare FROM (SELECT * FROM " + table + " WHERE " + goes +
         ") whole SEMI JOIN (" + in_either(column, " WHERE " + expired) + ") v ON v." + column +
         " = whole.id JOIN rest_" + table + " USING (" + list + ")";
}

}  // namespace

Result<Expired> expired(Connection& connection, std::span<const Expiry> expiries) {
  Expired all{"false", "false", "false"};
  for (const Expiry& expiry : expiries) {
    const auto sites = site_numbers(Asking{connection, {}}, expiry.site);
    if (!sites) return sites.error();
    if (sites->empty()) continue;
    const auto add = [&](const std::optional<Instant>& moment, std::string& to) {
      if (moment) to += " OR " + before(*sites, *moment);
    };
    add(expiry.visits, all.visits);
    add(expiry.addresses, all.addresses);
    add(expiry.user_agents, all.user_agents);
  }
  return all;
}

Result<Pruned> count_expired(Connection& connection, const Expiry& expiry) {
  Pruned pruned{expiry.site};
  const auto all = expired(connection, std::span(&expiry, 1));
  if (!all) return all.error();
  struct Count {
    const std::string& condition;
    const char* join;
    std::uint64_t& into;
  };
  for (const Count& count :
       {Count{all->visits, "", pruned.visits},
        Count{all->addresses, " SEMI JOIN (SELECT id FROM addresses WHERE address <> 0) d ON d.id = v.address",
              pruned.addresses},
        Count{all->user_agents,
              " SEMI JOIN (SELECT id FROM user_agents WHERE user_agent <> '') d ON d.id = v.user_agent",
              pruned.user_agents}}) {
    if (count.condition == "false") continue;
    // A row that goes whole is not told again for what goes with it.
    const std::string stays = &count.condition == &all->visits ? "" : " AND NOT (" + all->visits + ")";
    const std::string rest = std::string(count.join) + " WHERE (" + count.condition + ")" + stays;
    const auto number = connection.number("SELECT (SELECT count(*) FROM visits v" + rest +
                                          ") + (SELECT count(*) FROM dropped v" + rest + ")");
    if (!number) return number.error();
    count.into = static_cast<std::uint64_t>(number->value_or(0));
  }
  return pruned;
}

Result<Rewrite> Rewrite::begin(DuckDatabase& database) {
  auto file = database.make_spare();
  if (!file) return file.error();
  auto connection = database.borrow();
  if (!connection) return connection.error();
  Rewrite rewrite(std::move(*connection), std::move(*file));
  // What an attempt that failed has left.
  if (auto detached = rewrite.run("DETACH DATABASE IF EXISTS fresh"); !detached) return detached.error();
  const auto attach = rewrite.connection_->run("ATTACH " + quoted_text(rewrite.file_.string()) + " AS fresh");
  if (!attach) return attach.error();
  const auto made =
      rewrite.run("CREATE TEMP TABLE leaving (position UBIGINT); CREATE TEMP TABLE leaving_dropped (position UBIGINT)");
  if (!made) return made.error();
  return rewrite;
}

Result<Done> Rewrite::leave_out(const Erasure& erasure, Position below) {
  const Asking asking{*connection_, {}};
  const auto sites = site_numbers(asking, std::string(erasure.site));
  if (!sites) return sites.error();
  // A text that is not UTF-8 was stored clean.
  const auto clean = [](std::string_view text) { return is_utf8(text) ? std::string(text) : clean_utf8(text); };
  // What visits and the quarantine have alike.
  const auto where = [&](Sql& sql) {
    std::string all = in_numbers(sql, "v.site", "USMALLINT", *sites) + " AND v.position < " + sql.bind(below);
    if (!erasure.addresses.empty()) {
      std::string any;
      for (const StoredAddress& address : erasure.addresses) {
        any += (any.empty() ? "(form = " : " OR (form = ") + std::to_string(static_cast<int>(address.form())) +
               " AND address = " + sql.bind(wide_of(address)) + ")";
      }
      all += " AND v.address IN (SELECT id FROM addresses WHERE address <> 0 AND (" + any + "))";
    }
    if (erasure.path) {
      all += " AND v.path IN (SELECT id FROM paths WHERE path = " + sql.bind(clean(*erasure.path)) + ")";
    }
    if (erasure.event) {
      all += " AND v.event IN (SELECT id FROM events WHERE event = " + sql.bind(clean(*erasure.event)) + ")";
    }
    if (erasure.from) all += " AND v.time >= " + sql.bind(*erasure.from);
    if (erasure.to) all += " AND v.time < " + sql.bind(*erasure.to);
    return all;
  };
  Sql visits;
  visits.text = "INSERT INTO leaving SELECT v.position FROM visits v WHERE " + where(visits);
  if (erasure.positions) {
    visits.text += " AND v.position IN (" + relation_of(*erasure.positions, "UBIGINT", visits) + ")";
  }
  if (const auto found = asking.ask(visits); !found) return found.error();
  // Positions are those of visits: where they tell a session or a visitor, the ids tell of the quarantine.
  if (erasure.positions && !erasure.session && !erasure.visitor) return Done{};
  Sql dropped;
  dropped.text = "INSERT INTO leaving_dropped SELECT v.position FROM dropped v WHERE " + where(dropped);
  if (erasure.session) dropped.text += " AND v.session = " + dropped.bind(clean(*erasure.session));
  if (erasure.visitor) dropped.text += " AND v.visitor = " + dropped.bind(clean(*erasure.visitor));
  if (const auto found = asking.ask(dropped); !found) return found.error();
  return Done{};
}

Result<Done> Rewrite::leave_out(const Expired& expired) {
  expired_ = expired;
  if (expired.visits == "false") return Done{};
  return run("INSERT INTO leaving SELECT v.position FROM visits v WHERE " + expired.visits +
             "; INSERT INTO leaving_dropped SELECT v.position FROM dropped v WHERE " + expired.visits);
}

Result<Done> Rewrite::leave_out_dropped(Instant before) {
  return run("INSERT INTO leaving_dropped SELECT v.position FROM dropped v WHERE v.time < make_timestamp_ms(" +
             std::to_string(milliseconds_of(before)) + ")");
}

Result<std::uint64_t> Rewrite::rows_left_out() {
  const auto rows = connection_->number(
      "SELECT (SELECT count(DISTINCT position) FROM leaving) + (SELECT count(DISTINCT position) FROM leaving_dropped)");
  if (!rows) return rows.error();
  return static_cast<std::uint64_t>(rows->value_or(0));
}

Result<std::filesystem::path> Rewrite::fill(Position offset, Position erased) {
  if (const auto filled = fill_visits(); !filled) return filled.error();
  if (const auto filled = fill_texts(); !filled) return filled.error();
  if (const auto filled = fill_rest(offset, erased); !filled) return filled.error();
  crash_point("in_store_rewrite");  // the new file is filled, but neither whole nor on disk
  if (const auto whole = run("CHECKPOINT fresh; DETACH fresh"); !whole) return whole.error();
  return file_;
}

Result<Done> Rewrite::fill_visits() {
  std::string joins;
  std::string address = "v.address";
  std::string user_agent = "v.user_agent";
  struct Bare {
    const std::string& expired;
    std::string table;
    std::string name;  // of the column
    std::string& column;
    std::string goes;
    std::vector<std::string> rest;
  };
  const std::array<Bare, 2> parts{
      Bare{expired_.addresses, "addresses", "address", address, "address <> 0", {"region", "city"}},
      Bare{expired_.user_agents,
           "user_agents",
           "user_agent",
           user_agent,
           "user_agent <> ''",
           {"browser", "browser_version", "os", "os_version", "device", "bot"}}};
  for (const Bare& part : parts) {
    if (part.expired == "false") continue;
    if (auto made = run(bare_texts(part.table, part.name, part.expired, part.goes, part.rest)); !made) return made;
    const std::string bare = "bare_" + part.table;
    joins += " LEFT JOIN " + bare + " ON " + bare + ".whole = " + part.column;
    part.column = "CASE WHEN " + part.expired + " THEN coalesce(" + bare + ".bare, " + part.column + ") ELSE " +
                  part.column + " END";
  }
  if (auto filled =
          run("INSERT INTO fresh.visits SELECT v.position, v.time, v.site, v.path, v.query, v.title, v.visitor,"
              " v.session, " +
              address + ", " + user_agent +
              ", v.referrer, v.campaign, v.channel, v.country, v.event, v.properties, v.kind, v.source, v.flags,"
              " v.id FROM visits v ANTI JOIN leaving ON leaving.position = v.position" +
              joins);
      !filled) {
    return filled;
  }
  if (auto filled =
          run("INSERT INTO fresh.dropped SELECT v.position, v.time, v.site, v.reason, v.rules, v.path, v.query,"
              " v.title, v.referrer, v.event, v.properties, " +
              address + ", " + user_agent +
              ", v.kind, v.source, v.flags, v.session, v.visitor, v.id FROM dropped v"
              " ANTI JOIN leaving_dropped ON leaving_dropped.position = v.position" +
              joins);
      !filled) {
    return filled;
  }
  // New bare texts, where a row that stays needs them.
  for (const Bare& part : parts) {
    if (part.expired == "false") continue;
    std::string rest;
    for (const std::string& column : part.rest) rest += ", " + column;
    if (auto added =
            run("INSERT INTO fresh." + part.table + " SELECT bare" +
                (part.table == "addresses" ? ", 0::UTINYINT, 0::UHUGEINT" : ", ''") + rest + " FROM rest_" +
                part.table + " WHERE is_new AND bare > 0 AND bare IN (SELECT " + part.name + " FROM fresh.visits)");
        !added) {
      return added;
    }
  }
  return Done{};
}

Result<Done> Rewrite::fill_texts() {
  auto counted =
      run("INSERT INTO fresh.gone_views SELECT site, path, sum(views)::UBIGINT, min(first)"
          " FROM (SELECT site, path, views, first FROM gone_views"
          " UNION ALL SELECT v.site, v.path, count(*), min(v.position)"
          " FROM visits v SEMI JOIN leaving ON leaving.position = v.position WHERE " +
          is_pageview() + " GROUP BY v.site, v.path) GROUP BY site, path");
  if (!counted) return counted;
  const auto leaving = rows_left_out();
  if (!leaving) return leaving.error();
  for (const Pointed& text : pointed) {
    const std::string table(text.table);
    const bool expires = (table == "addresses" && expired_.addresses != "false") ||
                         (table == "user_agents" && expired_.user_agents != "false");
    std::uint64_t candidates = *leaving;
    if (expires) {
      const auto bare = connection_->number("SELECT count(*) FROM bare_" + table);
      if (!bare) return bare.error();
      candidates += static_cast<std::uint64_t>(bare->value_or(0));
    }
    const std::string from = "INSERT INTO fresh." + table + " SELECT t.* FROM " + table + " t";
    const std::string key = "t." + std::string(text.key);
    const std::string column(text.column);
    // A path that was viewed is the name of a counter, which stays.
    const bool counts = table == "paths";
    std::string sql;
    if (candidates > candidates_max) {
      if (expires) sql += "DROP TABLE bare_" + table + ";";
      sql += from + " WHERE " + key + " IN (SELECT " + column + " FROM fresh.visits" +
             (text.in_dropped ? " UNION ALL SELECT " + column + " FROM fresh.dropped" : "") +
             (counts ? " UNION ALL SELECT path FROM fresh.gone_views" : "") + ")";
    } else {
      sql = "CREATE TEMP TABLE doomed AS SELECT text FROM (SELECT DISTINCT v." + column +
            " AS text FROM visits v SEMI JOIN leaving ON leaving.position = v.position" +
            (text.in_dropped ? " UNION SELECT v." + column +
                                   " FROM dropped v SEMI JOIN leaving_dropped l ON l.position = v.position"
                             : "") +
            (expires ? " UNION SELECT whole FROM bare_" + table : "") + ") c ANTI JOIN fresh.visits f ON f." + column +
            " = c.text" + (text.in_dropped ? " ANTI JOIN fresh.dropped d ON d." + column + " = c.text" : "") +
            (counts ? " ANTI JOIN fresh.gone_views g ON g.path = c.text" : "") + ";" + from +
            " ANTI JOIN doomed ON doomed.text = " + key + "; DROP TABLE doomed";
    }
    if (auto filled = run(sql); !filled) return filled;
  }
  return Done{};
}

Result<Done> Rewrite::fill_rest(Position offset, Position erased) {
  return run(
      "DELETE FROM fresh.store; INSERT INTO fresh.store SELECT * FROM store;"
      "DELETE FROM fresh.processed; INSERT INTO fresh.processed VALUES (" +
      std::to_string(offset) +
      ");"
      "DELETE FROM fresh.gone; INSERT INTO fresh.gone SELECT"
      " greatest(visitor, (SELECT max(number) FROM visitors)),"
      " greatest(session, (SELECT max(session) FROM visits), (SELECT max(number) FROM given_sessions)),"
      " greatest(erased, " +
      std::to_string(erased) +
      ") FROM gone;"
      "INSERT INTO fresh.sites SELECT * FROM sites;"
      "INSERT INTO fresh.counters SELECT * FROM counters;"
      "INSERT INTO fresh.increments SELECT * FROM increments;"
      "INSERT INTO fresh.counter_settings SELECT * FROM counter_settings;"
      "INSERT INTO fresh.wins SELECT * FROM wins;"
      "INSERT INTO fresh.claims SELECT * FROM claims;"
      "INSERT INTO fresh.imports SELECT * FROM imports;"
      "INSERT INTO fresh.engagements SELECT e.* FROM engagements e ANTI JOIN leaving ON leaving.position = e.position");
}

Result<Done> Rewrite::run(const std::string& sql) { return connection_->run(sql); }

}  // namespace footfall::duckdb
